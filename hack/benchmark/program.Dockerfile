# syntax={{.Syntax}}
FROM {{.Base}}{{if .Stages}} AS environment{{end}}
{{- define "copy"}}
COPY data/penguins.csv /in/data/train.csv
COPY src /src
{{- end}}
{{- if .SourcesFirst}}{{template "copy"}}{{end}}
RUN apt-get update && apt-get install -y --no-install-recommends{{range .Packages}} {{.}}{{end}} && rm -rf /var/lib/apt/lists/*
{{if .Stages}}
FROM environment AS train
{{- end}}
{{- if not .SourcesFirst}}{{template "copy"}}{{end}}
ENV{{range .Env}} {{.}}{{end}}
WORKDIR /out
RUN --network=none python3 /src/train.py
{{if .Stages}}
FROM {{if .Scratch}}scratch{{else}}{{.Base}}{{end}}
COPY --from=train /out/model.pth /out/training_metadata.json /model/
{{- end}}
LABEL org.opencontainers.image.description={{.Description}}
USER 65532:65532
