{{/* Names and labels. Stream and consumer names follow the contract crate; a test holds them against it. */}}

{{/* Longest suffix is "-processor-priority" (19); KEDA refuses ScaledObjects over 63 characters. */}}
{{- define "docmill.fullname" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "docmill.selector" -}}
app.kubernetes.io/name: docmill
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "docmill.labels" -}}
{{ include "docmill.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* Image of a worker, or of commands; argument: dict root, stage. */}}
{{- define "docmill.image" -}}
{{- $name := (index .root.Values .stage).image.repository -}}
{{- $tag := default .root.Chart.AppVersion .root.Values.image.tag -}}
{{- with .root.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end }}{{ $name }}:{{ $tag }}
{{- end -}}

{{/* A worker's priority class where the chart makes it: these are the whole cluster's; argument: dict root, stage. */}}
{{- define "docmill.priorityClass" -}}
{{ include "docmill.fullname" .root }}-{{ .root.Release.Namespace }}-{{ .stage }}
{{- end -}}

{{/* The word for a stage's work in subjects, streams and consumers; argument: stage. */}}
{{- define "docmill.work" -}}
{{- if eq . "processor" }}process{{ else }}analyse{{ end -}}
{{- end -}}

{{- define "docmill.natsHost" -}}
{{ include "docmill.fullname" . }}-nats.{{ .Release.Namespace }}.svc
{{- end -}}

{{- define "docmill.natsUrl" -}}
{{- if .Values.connection.url }}{{ .Values.connection.url }}{{ else }}{{ ternary "tls" "nats" (not (empty .Values.nats.tlsSecret)) }}://{{ include "docmill.natsHost" . }}:4222{{ end -}}
{{- end -}}

{{/* The Secret with the authorities that NATS's certificate is checked by, as JSON {name, key}; its name may be empty. */}}
{{- define "docmill.natsCa" -}}
{{- if .Values.nats.tlsSecret }}{{ dict "name" .Values.nats.tlsSecret "key" "ca.crt" | toJson }}{{ else }}{{ .Values.connection.caSecret | toJson }}{{ end -}}
{{- end -}}

{{/* host:port without a scheme, as KEDA's scaler wants it. */}}
{{- define "docmill.monitoringEndpoint" -}}
{{- $connection := .Values.connection -}}
{{- if $connection.monitoringEndpoint -}}
{{ $connection.monitoringEndpoint }}
{{- else if .Values.nats.enabled -}}
{{ include "docmill.natsHost" . }}:8222
{{- else -}}
{{ regexReplaceAll ":[0-9]+$" (urlParse (first (splitList "," $connection.url))).host "" }}:8222
{{- end -}}
{{- end -}}

{{/* The account that holds the streams: that of accounts.conf where its logins are used and nothing else is said. */}}
{{- define "docmill.account" -}}
{{- if and .Values.connection.loginsSecret (eq .Values.connection.account "$G") }}DOCMILL{{ else }}{{ .Values.connection.account }}{{ end -}}
{{- end -}}

{{- define "docmill.llmBaseUrl" -}}
{{- if .Values.mockLlm.enabled -}}
http://{{ include "docmill.fullname" . }}-mock-llm.{{ .Release.Namespace }}.svc:8081/v1
{{- else -}}
{{ .Values.llm.baseUrl }}
{{- end -}}
{{- end -}}

{{/* The port of the collector of traces. */}}
{{- define "docmill.collectorPort" -}}
{{- $url := urlParse .Values.telemetry.otlpEndpoint -}}
{{- default (ternary "443" "80" (eq $url.scheme "https")) (trimPrefix ":" (regexFind ":[0-9]+$" $url.host)) -}}
{{- end -}}

{{/* The port of a NATS outside of this release; 4222 where the URL says none. */}}
{{- define "docmill.natsPort" -}}
{{- $host := (urlParse (first (splitList "," .Values.connection.url))).host -}}
{{- default "4222" (trimPrefix ":" (regexFind ":[0-9]+$" $host)) -}}
{{- end -}}
