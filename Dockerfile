# newscrawl in a container: no root, and nothing is written but below /data and /tmp. See docs/deploy.md.
ARG PYTHON=3.11
FROM python:${PYTHON}-slim AS build
COPY . /src
RUN python -m venv /opt/newscrawl \
    && /opt/newscrawl/bin/pip install --no-cache-dir --constraint /src/constraints.txt "/src[web,parquet,s3,postgresql,mariadb]"

FROM python:${PYTHON}-slim
RUN useradd --uid 10001 --home-dir /data --create-home newscrawl
COPY --from=build /opt/newscrawl /opt/newscrawl
ENV PATH=/opt/newscrawl/bin:$PATH HOME=/data PYTHONUNBUFFERED=1 NEWSCRAWL_LOG_FORMAT=json
USER 10001
WORKDIR /data
VOLUME /data
# Of a container that crawls. Docker knows healthy (0) and unhealthy (1); the check has more codes.
HEALTHCHECK --interval=5m --timeout=30s --start-period=1h CMD ["sh", "-c", "newscrawl runs --check --max-age 6h || exit 1"]
ENTRYPOINT ["newscrawl"]
CMD ["--help"]
