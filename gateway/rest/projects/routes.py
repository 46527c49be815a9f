"""The routes of projects and their numbers."""

from gateway.rest.projects import numbers, projects, supplied
from gateway.rest.route import PROJECT, Route

_SUPPLIED = PROJECT + "/load_profile/supplied"

ROUTES: tuple[Route, ...] = (
    Route("POST", "/v1/projects", "create_project", "upload", projects.create_project),
    Route("GET", "/v1/projects", "list_projects", "read", projects.list_projects),
    Route("GET", PROJECT, "get_project", "read", projects.get_project),
    Route("DELETE", PROJECT, "delete_project", "amend", projects.delete_project),
    Route("GET", PROJECT + "/load_profile", "get_load_profile", "read", numbers.get_load_profile),
    Route("PUT", _SUPPLIED, "supply_load_profile", "amend", supplied.supply_profile),
    Route("GET", _SUPPLIED, "get_supplied_profile", "read", supplied.get_supplied),
    Route("DELETE", _SUPPLIED, "delete_supplied_profile", "amend", supplied.delete_supplied),
    Route("GET", PROJECT + "/load_profile/hours", "get_hours", "read", numbers.get_hours),
    Route("GET", PROJECT + "/months", "list_months", "read", numbers.list_months),
    Route("GET", PROJECT + "/policy", "get_policy", "read", projects.get_policy),
    Route("PUT", PROJECT + "/policy", "update_policy", "amend", projects.update_policy),
)
