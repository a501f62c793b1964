{{/* The programs' configuration file. Strings are written as JSON strings, which TOML reads alike. */}}
{{- define "docmill.toml" -}}
[nats]
url = {{ include "docmill.natsUrl" . | toRawJson }}
{{- if .Values.connection.credentialsSecret.name }}
credentials_file = "/etc/docmill-nats/docmill.creds"
{{- end }}
{{- if (include "docmill.natsCa" . | fromJson).name }}
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
{{- if eq .Values.llm.provider "openai" }}
base_url = {{ include "docmill.llmBaseUrl" . | toRawJson }}
{{- end }}
model = {{ ternary "mock" .Values.llm.model .Values.mockLlm.enabled | toRawJson }}
timeout_seconds = {{ int .Values.llm.timeoutSeconds }}
schema_support = {{ .Values.llm.schemaSupport | toRawJson }}
vision = {{ .Values.llm.vision }}
{{- if .Values.llm.promptPrice }}
prompt_price = {{ .Values.llm.promptPrice | toRawJson }}
completion_price = {{ .Values.llm.completionPrice | toRawJson }}
price_currency = {{ .Values.llm.priceCurrency | toRawJson }}
{{- end }}
{{- if eq .Values.llm.provider "sap-ai-core" }}

[llm.sap_ai_core]
api = {{ .Values.llm.sapAiCore.api | toRawJson }}
{{- with .Values.llm.sapAiCore.resourceGroup }}
resource_group = {{ toRawJson . }}
{{- end }}
{{- with .Values.llm.sapAiCore.modelVersion }}
model_version = {{ toRawJson . }}
{{- end }}
{{- end }}
{{- $quota := .Values.llm.quota }}
{{- $requests := include "docmill.requestsPerMinute" . | int64 }}
{{- if or (gt $requests 0) (gt (int64 $quota.tokensPerMinute) 0) $quota.costPerDay }}

[llm.quota]
{{- if gt $requests 0 }}
requests_per_minute = {{ $requests }}
{{- end }}
{{- if gt (int64 $quota.tokensPerMinute) 0 }}
tokens_per_minute = {{ int64 $quota.tokensPerMinute }}
{{- end }}
{{- with $quota.costPerDay }}
cost_per_day = {{ toRawJson . }}
{{- end }}
slot_seconds = {{ int $quota.slotSeconds }}
{{- end }}
{{- with .Values.telemetry.otlpEndpoint }}

[telemetry]
otlp_endpoint = {{ toRawJson . }}
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

{{/* Calls that the whole fleet may make in a minute, under either of the value's names; 0 for no limit. */}}
{{- define "docmill.requestsPerMinute" -}}
{{- max (int64 .Values.llm.quota.requestsPerMinute) (int64 .Values.llm.requestsPerMinute) -}}
{{- end -}}

{{/* Bytes of a size such as 640Mi. */}}
{{- define "docmill.bytes" -}}
{{- $units := dict "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- mul (regexFind "^[0-9]+" . | int64) (index $units (regexFind "[A-Za-z]+$" .)) -}}
{{- end -}}
