"""gRPC as every room uses it: servers, clients, the caller, refusals on the wire, following a journal."""
