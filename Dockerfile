# The lab's image. BASE_IMAGE can be any image that holds Deno 2.9 or newer as `deno`.
ARG BASE_IMAGE=denoland/deno:2.9.6
FROM ${BASE_IMAGE}

# By which the lab finds what a build leaves behind.
LABEL ipc.lab=image
WORKDIR /ipc
COPY . .

# Without an argument, a program that needs neither a registry nor a shell.
ENTRYPOINT ["deno"]
CMD ["run", "--allow-all", "--cached-only", "lab/programs/producer_consumer.ts"]
