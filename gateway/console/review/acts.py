"""What the forms of a review do: correct, confirm, reject, pin. Each leads back to the page, which shows what became of it."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from aiohttp import web

from domain.refusals import BadRequest, Conflict
from gateway.call import Call, Rooms, ask
from gateway.console.review.pages import here_of, review_of
from gateway.console.review.values import identities_of, values_of
from gateway.console.review.who import NAME_LENGTH_MAX, remember
from gateway.console.view import lead_to
from gateway.rest.bills.settling import settle_decided
from protos.profile.v1 import ledger_pb2, profile_pb2, review_pb2

VALUE_LENGTH_MAX, REASON_LENGTH_MAX = 2_000, 1_000
MISREAD = "misread"
"""Said where a person gives no other reason for a correction."""


async def correct(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Correct one field, or lead to what that would change."""
    form = await _form(call)
    path, value = form.get("path", ""), form.get("value", "")[:VALUE_LENGTH_MAX]
    if form.get("act") == "preview":
        return _back(call, value=path, text=value)
    who = _who(form)
    change = ledger_pb2.FieldChange(field=form.get("field", ""))
    if value:
        change.value = value
    request = ledger_pb2.AmendBillRequest(
        ledger_bill_id=form.get("ledger_bill_id", ""),
        changes=[change],
        amended_by=who,
        reason=(form.get("reason", "").strip() or MISREAD)[:REASON_LENGTH_MAX],
    )
    try:
        await ask(rooms, call, rooms.ledger.AmendBill, request)
    except BadRequest:
        return _back(call, value=path, text=value)
    except Conflict:
        return _back(call, value=path, outdated="1")
    return _remembered(call, who, _back(call, value=path, corrected="1"))


async def confirm_value(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Let one value count as found right, and go on to the next doubt."""
    form = await _form(call)
    who, path = _who(form), form.get("path", "")
    request = review_pb2.ConfirmValuesRequest(
        project_id=call.project_id,
        bill_id=call.bill_id,
        statement=_number(form.get("statement", "")),
        paths=[form.get("inner_path", "")],
        reviewed_by=who,
        version=form.get("version", ""),
        undo=form.get("act") == "undo",
    )
    try:
        await ask(rooms, call, rooms.reviews.ConfirmValues, request)
    except Conflict:
        return _back(call, value=path, outdated="1")
    following = path if request.undo else await _next_doubt(rooms, call, path)
    return _remembered(call, who, _back(call, value=following))


async def decide(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Confirm or reject the bill."""
    form = await _form(call)
    who, reason = _who(form), form.get("reason", "").strip()[:REASON_LENGTH_MAX]
    whose = {"project_id": call.project_id, "bill_id": call.bill_id}
    said = {"reviewed_by": who, "version": form.get("version", ""), "reason": reason}
    try:
        if form.get("act") == "reject":
            await ask(rooms, call, rooms.reviews.RejectBill, review_pb2.RejectBillRequest(**whose, **said))
        else:
            await ask(rooms, call, rooms.reviews.ConfirmBill, review_pb2.ConfirmBillRequest(**whose, **said))
    except Conflict:
        return _back(call, outdated="1")
    await settle_decided(rooms, call)
    return _remembered(call, who, _back(call))


async def pin(rooms: Rooms, call: Call) -> web.StreamResponse:
    """Let this bill make the load profile whatever is read later, or end that."""
    form = await _form(call)
    unpin = form.get("act") == "unpin"
    rule = profile_pb2.ACTIVE_BILL_RULE_LAST_PARSED if unpin else profile_pb2.ACTIVE_BILL_RULE_PINNED
    request = profile_pb2.UpdatePolicyRequest(
        project_id=call.project_id, rule=rule, pinned_bill_id="" if unpin else call.bill_id
    )
    await ask(rooms, call, rooms.profiles.UpdatePolicy, request)
    return _back(call)


async def _next_doubt(rooms: Rooms, call: Call, path: str) -> str:
    """Return the doubt behind a value, else the first one; the value itself where none is left."""
    review = await review_of(rooms, call)
    values = values_of(review, identities_of(review))
    place = next((at for at, one in enumerate(values) if one.path == path), -1)
    waiting = [one.path for one in (*values[place + 1 :], *values[: place + 1]) if one.doubtful]
    return waiting[0] if waiting else path


async def _form(call: Call) -> Mapping[str, str]:
    return {name: value for name, value in (await call.request.post()).items() if isinstance(value, str)}


def _who(form: Mapping[str, str]) -> str:
    who = form.get("who", "").strip()[:NAME_LENGTH_MAX]
    if not who:
        raise BadRequest("Say who you are: the ledger keeps who decided.", field="who")
    return who


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0


def _back(call: Call, **query: str) -> web.Response:
    told = urlencode(query, quote_via=quote)
    return lead_to(f"{here_of(call)}{'?' + told if told else ''}")


def _remembered(call: Call, who: str, response: web.Response) -> web.Response:
    remember(response, who, secure=call.base_url.startswith("https:"))
    return response
