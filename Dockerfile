# One image, every role: `docker run billowatt serve ingest`, or `up` for everything in one container.
# Any Debian-like image with Python 3.11 to 3.13 will do; its C library decides which wheels fit.
ARG BASE=python:3.12-slim

FROM ${BASE} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
# For a package mirror of your own: docker build --build-arg PIP_INDEX_URL=…
ARG PIP_INDEX_URL
WORKDIR /build
RUN python -m venv /opt/billowatt

# The locked dependencies first: they change seldom, and their layer is the large one.
COPY requirements.lock ./
RUN /opt/billowatt/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock

# The build's own tools, taken from the developers' lock so that they too come with hashes, in an environment left behind here.
COPY requirements-dev.lock ./
RUN awk '/^[a-z]/ {wanted = /^(hatchling|packaging|pathspec|pluggy|trove-classifiers)==/} wanted' requirements-dev.lock > build.lock \
 && python -m venv tools \
 && tools/bin/python -m pip install --quiet --no-deps --require-hashes -r build.lock

COPY pyproject.toml README.md LICENSE* ./
COPY domain domain
COPY protos protos
COPY runtime runtime
COPY services services
COPY gateway gateway
COPY billowatt billowatt
COPY clients/python/billowatt_client clients/python/billowatt_client
RUN tools/bin/python -m hatchling build -t wheel -d dist \
 && /opt/billowatt/bin/python -m pip install --quiet --no-deps --no-index dist/*.whl


FROM ${BASE}
LABEL org.opencontainers.image.title="Billowatt" \
      org.opencontainers.image.description="Reads utility bills, proves what it read, and tells partners." \
      org.opencontainers.image.licenses="Apache-2.0"

RUN groupadd --gid 10001 billowatt \
 && useradd --uid 10001 --gid billowatt --no-create-home --home-dir /var/lib/billowatt --shell /usr/sbin/nologin billowatt \
 && install --directory --owner billowatt --group billowatt --mode 0700 /var/lib/billowatt
COPY --from=builder /opt/billowatt /opt/billowatt
COPY deploy/health.py /opt/billowatt/health.py

ENV PATH=/opt/billowatt/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BILLOWATT_DATA=/var/lib/billowatt \
    BILLOWATT_HTTP_LISTEN=0.0.0.0:8080 \
    BILLOWATT_GRPC_LISTEN=0.0.0.0:8090
USER billowatt
WORKDIR /var/lib/billowatt
VOLUME /var/lib/billowatt
EXPOSE 8080 8090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=6s --start-period=40s --retries=3 CMD ["python", "/opt/billowatt/health.py"]
ENTRYPOINT ["billowatt"]
CMD ["up"]
