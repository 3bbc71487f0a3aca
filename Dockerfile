# The lab's image. BASE_IMAGE can be any image that holds Deno 2.9 or newer as `deno`.
ARG BASE_IMAGE=denoland/deno:2.9.6
FROM ${BASE_IMAGE}

WORKDIR /ipc
COPY . .

# "deno task" brings its own shell, so the base image needs none.
ENTRYPOINT ["deno"]
CMD ["task", "demo"]
