# helios serve and helios render-server in a container.
#   ./dev docker                         the server, on http://127.0.0.1:8787
#   ./dev docker gpu                     the same with an NVIDIA GPU
FROM python:3.11-slim-bookworm

RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium-headless-shell fonts-dejavu-core libvulkan1 tini \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src ./src
RUN pip install --no-cache-dir -c constraints.txt '.[gpu,scene,server,postgres]' \
 && useradd --uid 10001 --user-group --create-home helios \
 && mkdir -p /app/jobs /app/output /app/data \
 && chown helios:helios /app/jobs /app/output /app/data

USER helios
# Compiled scene kernels fit one kind of processor: each machine makes its own once and keeps them
# on the volume, since everything else is read-only.
ENV PYTHONUNBUFFERED=1 HELIOS_CACHE_DIR=/app/data/cache
VOLUME ["/app/jobs", "/app/output", "/app/data"]
EXPOSE 8787
# The first check draws a page and a scene, which may compile the kernels.
HEALTHCHECK --interval=30s --timeout=180s --start-period=180s --retries=3 \
  CMD ["helios-health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--", "helios"]
CMD ["serve", "--host", "0.0.0.0", "--data", "/app/data", "--grace", "20"]
