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
{{- $quota := int $root.Values.llm.requestsPerMinute -}}
{{- if and (eq $stage "processor") (gt $quota 0) -}}
{{- $perPod := mul $concurrency (int $root.Values.llm.callsPerMinutePerJob) -}}
{{- $max = min $max (max 1 (div (add $quota (sub $perPod 1)) $perPod)) -}}
{{- end -}}
{{- if gt (mul $max $concurrency) (int $root.Values.connection.maxAckPending) -}}
{{- fail (printf "%s: %d pods of %d jobs are more than connection.maxAckPending %d: the rest would never get a job" $where (int $max) $concurrency (int $root.Values.connection.maxAckPending)) -}}
{{- end -}}
{{- if gt (int $settings.minReplicas) (int $max) -}}
{{- fail (printf "%s: minReplicas %d is above the most replicas that maxReplicas and llm.requestsPerMinute allow, %d" $where (int $settings.minReplicas) (int $max)) -}}
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
{{- $logins := list $connection.credentialsSecret.name $connection.userSecret.name $connection.tokenSecret.name | compact -}}
{{- if gt (len $logins) 1 -}}
{{- fail "connection: credentialsSecret, userSecret and tokenSecret are three ways to log in: give at most one" -}}
{{- end -}}
{{- if and .Values.nats.accountsSecret (not $logins) -}}
{{- fail "nats.accountsSecret closes NATS to strangers: name a Secret for the workers to log in with, as connection.userSecret.name" -}}
{{- end -}}
{{- if and .Values.nats.enabled (gt (int $connection.replicas) 1) -}}
{{- fail "connection.replicas must be 1 with nats.enabled: the NATS of this chart is a single node" -}}
{{- end -}}
{{- if and .Values.mockLlm.enabled .Values.llm.baseUrl -}}
{{- fail "mockLlm.enabled and llm.baseUrl: give one of the two" -}}
{{- end -}}
{{- if not (or .Values.mockLlm.enabled .Values.llm.baseUrl) -}}
{{- fail "no LLM: set llm.baseUrl, or mockLlm.enabled=true for a trial" -}}
{{- end -}}
{{- if ne (empty .Values.llm.promptPrice) (empty .Values.llm.completionPrice) -}}
{{- fail "llm.promptPrice and llm.completionPrice belong together: give both or none" -}}
{{- end -}}
{{- if and .Values.llm.baseUrl (not .Values.llm.model) -}}
{{- fail "llm.model must be given with llm.baseUrl" -}}
{{- end -}}
{{- end -}}
