"""The container's health check: asks whichever server this role runs, HTTP or gRPC, and ends with 0 or 1.

One image runs every role, and only the command line tells which. So the check asks the address of the gateway first, and
when nobody listens there, the address of the gRPC server. Kubernetes asks both kinds itself and has no use for this.
"""

import socket
import sys
import urllib.error
import urllib.request

ANSWER_SECONDS_MAX = 3.0
CONNECT_SECONDS_MAX = 1.0
ANYWHERE = frozenset({"0.0.0.0", "[::]", "::", ""})  # noqa: S104 - compared, not bound


def main() -> int:
    """Return 0 if this container's role says that it works."""
    from runtime.settings import read_settings

    settings = read_settings()
    host, port = _reachable(settings.http_listen)
    try:
        socket.create_connection((host, port), CONNECT_SECONDS_MAX).close()
    except OSError:
        return _grpc_serves(*_reachable(settings.grpc_listen))
    return _http_answers(f"http://{host}:{port}/healthz")


def _reachable(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return ("127.0.0.1" if host in ANYWHERE else host.strip("[]")), int(port)


def _http_answers(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS_MAX) as answer:  # noqa: S310 - our own address
            return 0 if answer.status == 200 else 1
    except (urllib.error.URLError, OSError):
        return 1


def _grpc_serves(host: str, port: int) -> int:
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    with grpc.insecure_channel(f"{host}:{port}") as channel:
        try:
            request = health_pb2.HealthCheckRequest()
            answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=ANSWER_SECONDS_MAX)
        except grpc.RpcError:
            return 1
    return 0 if answer.status == health_pb2.HealthCheckResponse.SERVING else 1


if __name__ == "__main__":
    sys.exit(main())
