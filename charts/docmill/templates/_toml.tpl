{{/* The programs' configuration file. Strings are written as JSON strings, which TOML reads alike. */}}
{{- define "docmill.toml" -}}
[nats]
url = {{ include "docmill.natsUrl" . | toRawJson }}
{{- if .Values.connection.credentialsSecret.name }}
credentials_file = "/etc/docmill-nats/docmill.creds"
{{- end }}
{{- if .Values.connection.caSecret.name }}
ca_file = "/etc/docmill-nats-ca/ca.crt"
{{- end }}
lanes = {{ .Values.lanes | toRawJson }}
ack_wait_seconds = {{ int .Values.connection.ackWaitSeconds }}
max_ack_pending = {{ int .Values.connection.maxAckPending }}
replicas = {{ int .Values.connection.replicas }}

[http]
listen = "0.0.0.0:8080"

[llm]
provider = {{ .Values.llm.provider | toRawJson }}
base_url = {{ include "docmill.llmBaseUrl" . | toRawJson }}
model = {{ ternary "mock" .Values.llm.model .Values.mockLlm.enabled | toRawJson }}
timeout_seconds = {{ int .Values.llm.timeoutSeconds }}
schema_support = {{ .Values.llm.schemaSupport | toRawJson }}
vision = {{ .Values.llm.vision }}
{{- if .Values.llm.promptPrice }}
prompt_price = {{ .Values.llm.promptPrice | toRawJson }}
completion_price = {{ .Values.llm.completionPrice | toRawJson }}
price_currency = {{ .Values.llm.priceCurrency | toRawJson }}
{{- end }}
{{- if gt (int .Values.llm.requestsPerMinute) 0 }}

[llm.quota]
requests_per_minute = {{ int .Values.llm.requestsPerMinute }}
{{- end }}

[pdf]
readers = {{ int .Values.pdf.readers }}
reader_memory_bytes_max = {{ include "docmill.bytes" .Values.pdf.readerMemory }}
{{- range $name, $limits := .Values.store }}

[store.{{ $name }}]
{{- with $limits.size }}
bytes_max = {{ include "docmill.bytes" . }}
{{- end }}
{{- if hasKey $limits "days" }}
days_max = {{ int $limits.days }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Bytes of a size such as 640Mi. */}}
{{- define "docmill.bytes" -}}
{{- $units := dict "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- mul (regexFind "^[0-9]+" . | int64) (index $units (regexFind "[A-Za-z]+$" .)) -}}
{{- end -}}
