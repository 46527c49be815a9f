"""The routes of projects and their numbers."""

from gateway.rest.projects import numbers, projects, snapshots, supplied
from gateway.rest.route import PROJECT, Route

_PROPERTY = "/v1/properties/{property_id}"
_RATING = _PROPERTY + "/energy_star_ratings/{rated_on}"
_SUPPLIED = PROJECT + "/load_profile/supplied"

ROUTES: tuple[Route, ...] = (
    Route("POST", "/v1/projects", "create_project", "upload", projects.create_project),
    Route("GET", "/v1/projects", "list_projects", "read", projects.list_projects),
    Route("GET", PROJECT, "get_project", "read", projects.get_project),
    Route("DELETE", PROJECT, "delete_project", "amend", projects.delete_project),
    Route("GET", PROJECT + "/load_profile", "get_load_profile", "read", numbers.get_load_profile),
    Route("PUT", _SUPPLIED, "supply_load_profile", "amend", supplied.supply_profile, supplied.SUPPLY_BYTES_MAX),
    Route("GET", _SUPPLIED, "get_supplied_profile", "read", supplied.get_supplied),
    Route("DELETE", _SUPPLIED, "delete_supplied_profile", "amend", supplied.delete_supplied),
    Route("GET", PROJECT + "/load_profile/hours", "get_hours", "read", numbers.get_hours),
    Route("GET", PROJECT + "/months", "list_months", "read", numbers.list_months),
    Route("GET", PROJECT + "/policy", "get_policy", "read", projects.get_policy),
    Route("PUT", PROJECT + "/policy", "update_policy", "amend", projects.update_policy),
    Route("GET", _PROPERTY + "/snapshots", "list_snapshots", "read", snapshots.list_snapshots),
    Route("GET", _PROPERTY + "/energy_star_ratings", "list_energy_star_ratings", "read", snapshots.list_ratings),
    Route("PUT", _RATING, "put_energy_star_rating", "amend", snapshots.put_rating),
    Route("DELETE", _RATING, "delete_energy_star_rating", "amend", snapshots.delete_rating),
)
