# One image, three roles: `web` (the default), `worker` and `beat`. docs/operating.md says how to run them.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS build
# hadolint ignore=DL3008  # Debian keeps one version of a package in a release, and security updates replace it
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
COPY requirements.lock /
# The installer lives in an environment of its own, so that the image holds no pip.
RUN python3 -m venv /installer \
    && python3 -m venv --without-pip /venv \
    && /installer/bin/pip --python /venv/bin/python install --no-cache-dir --require-hashes -r /requirements.lock

FROM ${BASE}
# hadolint ignore=DL3008  # as above
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin splitdesk
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    BIND=0.0.0.0:8000 \
    DATA_DIR=/tmp \
    STATIC_ROOT=/app/staticfiles
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
RUN python manage.py collectstatic --no-input --verbosity 0
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=15s --start-period=30s CMD ["/app/scripts/container", "health"]
ENTRYPOINT ["/app/scripts/container"]
CMD ["web"]
