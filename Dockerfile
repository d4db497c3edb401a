# The letter in a container: `docker compose up`, see docs/INSTALL.md.
FROM rust:1.94-slim-bookworm AS build
WORKDIR /src
COPY . .
# What `undersigned --version` names; .git is not copied.
ARG UNDERSIGNED_COMMIT=""
ENV UNDERSIGNED_COMMIT=$UNDERSIGNED_COMMIT
RUN cargo build --release --locked

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin undersigned \
    && install -d -o undersigned -g undersigned -m 0750 /data
COPY --from=build /src/target/release/undersigned /usr/bin/undersigned
USER 10001
WORKDIR /data
VOLUME /data
ENV UNDERSIGNED__SERVER__LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["undersigned"]
CMD ["serve"]
