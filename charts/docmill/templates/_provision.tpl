{{/* The body of the container that makes streams, consumers and buckets; safe to repeat. */}}
{{- define "docmill.provisionContainer" -}}
image: {{ include "docmill.image" (dict "root" . "stage" "processor") }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [provision]
{{ include "docmill.containerSecurity" . }}
env:
  {{- include "docmill.environment" (dict "root" . "login" "operator") | nindent 2 }}
resources:
  requests: {cpu: 50m, memory: 32Mi}
  limits: {memory: 128Mi}
volumeMounts:
  {{- include "docmill.mounts" . | nindent 2 }}
  {{- with include "docmill.bindingMount" . }}
  {{- nindent 2 . }}
  {{- end }}
{{- end -}}
