# One image for the API, the workers and the migrations; which of them it is, the command says.
FROM python:3.11-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1
RUN pip install --no-cache-dir uv==0.13.8 && python -m venv /opt/askproai
WORKDIR /src
# The lock first: this layer is made anew only when a dependency changes.
COPY requirements.lock .
RUN uv pip sync --python /opt/askproai/bin/python --require-hashes requirements.lock
COPY . .
RUN uv pip install --python /opt/askproai/bin/python --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /nonexistent askproai
COPY --from=build /opt/askproai /opt/askproai
ENV PATH=/opt/askproai/bin:$PATH PYTHONUNBUFFERED=1
USER askproai
WORKDIR /tmp
ENTRYPOINT ["askproai"]
CMD ["--help"]
