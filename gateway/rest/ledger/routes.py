"""The routes of the ledger and of properties."""

from gateway.rest.ledger import accounts, bills, properties
from gateway.rest.route import PROJECT, Route

_ACCOUNT = "/v1/accounts/{account_id}"
_METER = "/v1/meters/{meter_id}"
_BILL = "/v1/ledger_bills/{ledger_bill_id}"
_PROPERTY = "/v1/properties/{property_id}"

ROUTES: tuple[Route, ...] = (
    Route("GET", PROJECT + "/accounts", "list_accounts", "read", accounts.list_accounts),
    Route("GET", "/v1/accounts", "list_ledger_accounts", "read", accounts.list_ledger_accounts),
    Route("GET", _ACCOUNT, "get_ledger_account", "read", accounts.get_account),
    Route("PUT", _ACCOUNT + "/metadata", "put_account_metadata", "amend", accounts.put_account_metadata),
    Route("GET", _ACCOUNT + "/calendar", "get_account_calendar", "read", accounts.get_calendar),
    Route("GET", "/v1/meters", "list_ledger_meters", "read", accounts.list_meters),
    Route("GET", _METER, "get_ledger_meter", "read", accounts.get_meter),
    Route("PUT", _METER + "/metadata", "put_meter_metadata", "amend", accounts.put_meter_metadata),
    Route("GET", _METER + "/months", "list_meter_months", "read", accounts.list_meter_months),
    Route("GET", "/v1/ledger_bills", "list_ledger_bills", "read", bills.list_bills),
    Route("GET", _BILL, "get_ledger_bill", "read", bills.get_bill),
    Route("PUT", _BILL + "/metadata", "put_bill_metadata", "amend", bills.put_metadata),
    Route("POST", _BILL + "/amendments", "amend_ledger_bill", "amend", bills.amend_bill),
    Route("GET", _BILL + "/amendments", "list_amendments", "read", bills.list_amendments),
    Route("GET", _BILL + "/difference/{other_ledger_bill_id}", "compare_ledger_bills", "read", bills.compare_bills),
    Route("GET", "/v1/bill_days", "list_bill_days", "read", bills.list_days),
    Route("GET", PROJECT + "/property", "get_property_of_project", "read", properties.get_property_of_project),
    Route("POST", "/v1/properties", "create_property", "amend", properties.create_property),
    Route("GET", "/v1/properties", "list_properties", "read", properties.list_properties),
    Route("GET", _PROPERTY, "get_property", "read", properties.get_property),
    Route("PATCH", _PROPERTY, "update_property", "amend", properties.update_property),
    Route("DELETE", _PROPERTY, "delete_property", "amend", properties.delete_property),
    Route("PUT", _PROPERTY + "/projects/{project_id}", "map_project", "amend", properties.map_project),
    Route("GET", _PROPERTY + "/months", "list_property_months", "read", properties.list_months),
    Route("PUT", _PROPERTY + "/temperatures", "put_temperatures", "amend", properties.put_temperatures),
    Route("GET", _PROPERTY + "/temperatures", "list_temperatures", "read", properties.list_temperatures),
)
