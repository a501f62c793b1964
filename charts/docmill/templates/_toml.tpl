{{/* The programs' configuration file. Strings are written as JSON strings, which TOML reads alike. */}}
{{- define "docmill.toml" -}}
[nats]
{{- if not .Values.connection.urlSecret.name }}
url = {{ include "docmill.natsUrl" . | toRawJson }}
{{- end }}
{{- if .Values.connection.credentialsSecret.name }}
credentials_file = "/etc/docmill-nats/docmill.creds"
{{- end }}
lanes = {{ .Values.lanes | toRawJson }}
ack_wait_seconds = {{ int .Values.connection.ackWaitSeconds }}
replicas = {{ int .Values.connection.replicas }}

[http]
listen = "0.0.0.0:8080"

[llm]
provider = {{ .Values.llm.provider | toRawJson }}
base_url = {{ include "docmill.llmBaseUrl" . | toRawJson }}
model = {{ ternary "mock" .Values.llm.model .Values.mockLlm.enabled | toRawJson }}
timeout_seconds = {{ int .Values.llm.timeoutSeconds }}
{{- end -}}
