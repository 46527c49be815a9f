"""The routes of bills and their jobs."""

from gateway.rest.bills import batches, pages, records, uploads, work
from gateway.rest.route import PROJECT, Route

_BILL = PROJECT + "/utility_bills/{utility_bill_id}"

ROUTES: tuple[Route, ...] = (
    Route("POST", PROJECT + "/utility_bills", "upload_utility_bill", "upload", uploads.upload_bill),
    Route("POST", PROJECT + "/utility_bill_batches", "upload_utility_bills", "upload", batches.upload_bills),
    Route("GET", PROJECT + "/utility_bills", "list_utility_bills", "read", records.list_bills),
    Route("GET", _BILL, "get_utility_bill", "read", records.get_bill),
    Route("DELETE", _BILL, "delete_utility_bill", "amend", records.delete_bill),
    Route("POST", _BILL + "/reparse", "reparse_utility_bill", "amend", records.reparse_bill),
    Route("PUT", _BILL + "/settled", "settle_utility_bill", "amend", work.settle_bill),
    Route("GET", _BILL + "/reading", "get_reading", "read", records.get_reading),
    Route("GET", _BILL + "/pages/{page}", "get_page", "read", pages.get_page),
    Route("GET", _BILL + "/pages/{page}/words", "get_page_words", "read", pages.get_words),
    Route("GET", "/v1/work", "list_work", "read", work.list_work),
    Route("GET", "/v1/jobs/{job_id}", "get_job", "read", records.get_job),
    Route("GET", "/d/{token}", "download_utility_bill", None, records.download_bill),
)
