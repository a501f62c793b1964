{{/*
Every worker of the release as JSON: a list of {stage, lane, name, settings}, where settings are the stage's values
with its lane's on top and lagThreshold and maxReplicas settled. What can't work is refused here, for whoever asks.
*/}}
{{- define "docmill.workers" -}}
{{- $root := . -}}
{{- include "docmill.checks" . -}}
{{- $workers := list -}}
{{- range $stage := list "processor" "analyser" -}}
{{- range $lane := $root.Values.lanes -}}
{{- $values := index $root.Values $stage -}}
{{- $settings := mergeOverwrite (deepCopy $values) (deepCopy (default dict (index $values.perLane $lane))) -}}
{{- $where := printf "%s (lane %s)" $stage $lane -}}
{{- $concurrency := int $settings.concurrency -}}
{{- $threshold := int (default $concurrency $settings.lagThreshold) -}}
{{- if gt $threshold $concurrency -}}
{{- fail (printf "%s: lagThreshold %d is above concurrency %d: KEDA would scale in pods whose every slot is busy" $where $threshold $concurrency) -}}
{{- end -}}
{{- /* After the drain a worker takes up to 2 s to cancel its jobs and 5 s to hand them back: CANCEL_GRACE and ENDING_MAX of the chassis. */ -}}
{{- if lt (int $settings.terminationGracePeriodSeconds) (add (int $settings.drainSeconds) 7 | int) -}}
{{- fail (printf "%s: terminationGracePeriodSeconds %d must be at least 7 s longer than drainSeconds %d: Kubernetes would kill jobs that are being handed back" $where (int $settings.terminationGracePeriodSeconds) (int $settings.drainSeconds)) -}}
{{- end -}}
{{- $max := int $settings.maxReplicas -}}
{{- $quota := include "docmill.requestsPerMinute" $root | int64 -}}
{{- if and (eq $stage "processor") (gt $quota 0) -}}
{{- $perPod := mul $concurrency (int $root.Values.llm.callsPerMinutePerJob) -}}
{{- $max = min $max (max 1 (div (add $quota (sub $perPod 1)) $perPod)) -}}
{{- end -}}
{{- if gt (mul $max $concurrency) (int $root.Values.connection.maxAckPending) -}}
{{- fail (printf "%s: %d pods of %d jobs are more than connection.maxAckPending %d: the rest would never get a job" $where (int $max) $concurrency (int $root.Values.connection.maxAckPending)) -}}
{{- end -}}
{{- if gt (int $settings.minReplicas) (int $max) -}}
{{- fail (printf "%s: minReplicas %d is above the most replicas that maxReplicas and llm.quota.requestsPerMinute allow, %d" $where (int $settings.minReplicas) (int $max)) -}}
{{- end -}}
{{- $_ := set $settings "lagThreshold" $threshold -}}
{{- $_ := set $settings "maxReplicas" $max -}}
{{- $name := printf "%s-%s-%s" (include "docmill.fullname" $root) $stage $lane -}}
{{- $workers = append $workers (dict "stage" $stage "lane" $lane "name" $name "settings" $settings) -}}
{{- end -}}
{{- end -}}
{{- toJson $workers -}}
{{- end -}}

{{/* Combinations that JSON Schema can't express. */}}
{{- define "docmill.checks" -}}
{{- $connection := .Values.connection -}}
{{- if not (has "bulk" .Values.lanes) -}}
{{- fail "lanes: `bulk` must be among them: jobs on the plain subjects go there" -}}
{{- end -}}
{{- if and .Values.nats.enabled $connection.url -}}
{{- fail "nats.enabled starts a NATS of its own, but connection.url names another one: give one of the two" -}}
{{- end -}}
{{- if not (or .Values.nats.enabled $connection.url) -}}
{{- fail "no NATS: set connection.url, or nats.enabled=true for a trial" -}}
{{- end -}}
{{- $logins := list $connection.loginsSecret $connection.credentialsSecret.name $connection.userSecret.name $connection.tokenSecret.name | compact -}}
{{- if gt (len $logins) 1 -}}
{{- fail "connection: loginsSecret, credentialsSecret, userSecret and tokenSecret are four ways to log in: give at most one" -}}
{{- end -}}
{{- if and .Values.nats.accountsSecret $connection.loginsSecret -}}
{{- fail "nats.accountsSecret has no use with connection.loginsSecret, whose accounts the chart brings along: leave one of them out" -}}
{{- end -}}
{{- if and .Values.nats.accountsSecret (not $logins) -}}
{{- fail "nats.accountsSecret closes NATS to strangers: name a Secret for the workers to log in with, as connection.userSecret.name" -}}
{{- end -}}
{{- if and .Values.nats.tlsSecret $connection.caSecret.name -}}
{{- fail "connection.caSecret has no use with nats.tlsSecret, whose ca.crt is trusted: leave one of them out" -}}
{{- end -}}
{{- if and .Values.nats.enabled (gt (int $connection.replicas) 1) -}}
{{- fail "connection.replicas must be 1 with nats.enabled: the NATS of this chart is a single node" -}}
{{- end -}}
{{- include "docmill.llmChecks" . -}}
{{- with .Values.telemetry -}}
{{- if and (not .otlpEndpoint) (or .headersSecret.name (lt (float64 .sampledShare) 1.0)) -}}
{{- fail "telemetry.headersSecret and telemetry.sampledShare have no use without telemetry.otlpEndpoint: give it, or leave them out" -}}
{{- end -}}
{{- end -}}
{{- if ne (empty .Values.llm.promptPrice) (empty .Values.llm.completionPrice) -}}
{{- fail "llm.promptPrice and llm.completionPrice belong together: give both or none" -}}
{{- end -}}
{{- if and (gt (int64 .Values.llm.requestsPerMinute) 0) (gt (int64 .Values.llm.quota.requestsPerMinute) 0) -}}
{{- fail "llm.requestsPerMinute and llm.quota.requestsPerMinute are two names of one limit: give the latter alone" -}}
{{- end -}}
{{- if and .Values.llm.quota.costPerDay (not .Values.llm.promptPrice) -}}
{{- fail "llm.quota.costPerDay can't be kept without prices: give llm.promptPrice and llm.completionPrice" -}}
{{- end -}}
{{- end -}}

{{/* Which LLM is asked, and whether everything that it needs is there and nothing that it has no use for. */}}
{{- define "docmill.llmChecks" -}}
{{- $llm := .Values.llm -}}
{{- $aiCore := $llm.sapAiCore -}}
{{- if eq $llm.provider "sap-ai-core" -}}
{{- if .Values.mockLlm.enabled -}}
{{- fail "mockLlm.enabled and llm.provider sap-ai-core: give one of the two" -}}
{{- end -}}
{{- if $llm.baseUrl -}}
{{- fail "llm.baseUrl has no use with llm.provider sap-ai-core, whose service binding says the address: leave it empty" -}}
{{- end -}}
{{- if $llm.existingSecret.name -}}
{{- fail "llm.existingSecret has no use with llm.provider sap-ai-core, whose service binding holds the credentials: leave its name empty" -}}
{{- end -}}
{{- if not $aiCore.bindingSecret -}}
{{- fail "llm.sapAiCore.bindingSecret must be given with llm.provider sap-ai-core: the Secret that your ServiceBinding makes" -}}
{{- end -}}
{{- if not $llm.model -}}
{{- fail "llm.model must be given with llm.provider sap-ai-core" -}}
{{- end -}}
{{- else -}}
{{- if or $aiCore.bindingSecret $aiCore.resourceGroup $aiCore.modelVersion (ne $aiCore.api "auto") -}}
{{- fail "llm.sapAiCore has no use with llm.provider openai: set llm.provider to sap-ai-core, or leave it out" -}}
{{- end -}}
{{- if and .Values.mockLlm.enabled $llm.baseUrl -}}
{{- fail "mockLlm.enabled and llm.baseUrl: give one of the two" -}}
{{- end -}}
{{- if not (or .Values.mockLlm.enabled $llm.baseUrl) -}}
{{- fail "no LLM: set llm.baseUrl, or llm.provider=sap-ai-core with its binding, or mockLlm.enabled=true for a trial" -}}
{{- end -}}
{{- if and $llm.baseUrl (not $llm.model) -}}
{{- fail "llm.model must be given with llm.baseUrl" -}}
{{- end -}}
{{- end -}}
{{- end -}}
