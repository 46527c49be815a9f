"""The routes of webhook endpoints."""

from gateway.rest.route import Route
from gateway.rest.webhooks import deliveries, endpoints

_ENDPOINTS = "/v1/webhook_endpoints"
_ENDPOINT = _ENDPOINTS + "/{webhook_endpoint_id}"
_DELIVERY = _ENDPOINT + "/deliveries/{delivery_id}"

ROUTES: tuple[Route, ...] = (
    Route("POST", _ENDPOINTS, "create_webhook_endpoint", "webhooks", endpoints.create_endpoint),
    Route("GET", _ENDPOINTS, "list_webhook_endpoints", "webhooks", endpoints.list_endpoints),
    Route("GET", _ENDPOINT, "get_webhook_endpoint", "webhooks", endpoints.get_endpoint),
    Route("PATCH", _ENDPOINT, "update_webhook_endpoint", "webhooks", endpoints.update_endpoint),
    Route("DELETE", _ENDPOINT, "delete_webhook_endpoint", "webhooks", endpoints.delete_endpoint),
    Route("GET", _ENDPOINT + "/secret", "get_webhook_secret", "webhooks", endpoints.get_secret),
    Route("POST", _ENDPOINT + "/secret/rotate", "rotate_webhook_secret", "webhooks", endpoints.rotate_secret),
    Route("POST", _ENDPOINT + "/test", "test_webhook_endpoint", "webhooks", endpoints.test_endpoint),
    Route("GET", _ENDPOINT + "/deliveries", "list_webhook_deliveries", "webhooks", deliveries.list_deliveries),
    Route("GET", _DELIVERY, "get_webhook_delivery", "webhooks", deliveries.get_delivery),
    Route("POST", _DELIVERY + "/redeliver", "redeliver_webhook", "webhooks", deliveries.redeliver),
    Route("POST", _ENDPOINT + "/redeliveries", "redeliver_webhooks", "webhooks", deliveries.redeliver_stretch),
)
