FROM {{.Step}} AS step

FROM step AS train
RUN --network=none \
    --mount=type=bind,source=jobs/train.json,target=/in/job.json \
    --mount=type=bind,source=data/penguins.csv,target=/in/data/train.csv \
    ["/modelbuild-step", "train", "--job", "/in/job.json", "--out", "/out/train"]

FROM train AS evaluate
RUN --network=none \
    --mount=type=bind,source=jobs/evaluate.json,target=/in/job.json \
    --mount=type=bind,source=data/penguins.csv,target=/in/data/train.csv \
    ["/modelbuild-step", "evaluate", "--job", "/in/job.json", "--train", "/out/train", "--out", "/out/evaluate"]

FROM evaluate AS package
RUN --network=none \
    --mount=type=bind,source=jobs/package.json,target=/in/job.json \
    ["/modelbuild-step", "package", "--job", "/in/job.json", "--train", "/out/train", "--evaluate", "/out/evaluate", "--out", "/out/package"]

FROM scratch
COPY --from=train /out/train/model.onnx /model/
COPY --from=package /out/train/schema.json /out/evaluate/metrics.json /out/package/model/ /model/
{{- range .Labels}}
LABEL {{.}}
{{- end}}
USER {{.User}}
