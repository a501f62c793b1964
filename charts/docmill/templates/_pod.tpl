{{/* What every pod of ours has in common: the restricted Pod Security level, and no token of the API server. */}}

{{- define "docmill.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .Values.pod.runAsUser }}
  runAsGroup: {{ .Values.pod.runAsGroup }}
  fsGroup: {{ .Values.pod.runAsGroup }}
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "docmill.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{/*
How a docmill program finds its configuration, NATS's secrets and the collector's. Argument: dict root, login; the login is a user of accounts.conf,
and matters where each program has its own.
*/}}
{{- define "docmill.environment" -}}
{{- $login := .login -}}
{{- with .root -}}
- name: DOCMILL_CONFIG
  value: /etc/docmill/docmill.toml
{{- with .Values.connection.loginsSecret }}
- name: DOCMILL_NATS__USER
  value: {{ $login }}
- name: DOCMILL_NATS__PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ $login }}
{{- end }}
{{- with .Values.connection.userSecret }}
{{- if .name }}
- name: DOCMILL_NATS__USER
  valueFrom:
    secretKeyRef:
      name: {{ .name }}
      key: {{ .userKey }}
- name: DOCMILL_NATS__PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ .name }}
      key: {{ .passwordKey }}
{{- end }}
{{- end }}
{{- with .Values.connection.tokenSecret }}
{{- if .name }}
- name: DOCMILL_NATS__TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ .name }}
      key: {{ .key }}
{{- end }}
{{- end }}
{{- with .Values.telemetry }}
{{- if .headersSecret.name }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom:
    secretKeyRef:
      name: {{ .headersSecret.name }}
      key: {{ .headersSecret.key }}
{{- end }}
{{- if lt (float64 .sampledShare) 1.0 }}
- name: OTEL_TRACES_SAMPLER
  value: parentbased_traceidratio
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ .sampledShare | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "docmill.mounts" -}}
- name: config
  mountPath: /etc/docmill
  readOnly: true
- name: tmp
  mountPath: /tmp
{{- if .Values.connection.credentialsSecret.name }}
- name: nats-credentials
  mountPath: /etc/docmill-nats
  readOnly: true
{{- end }}
{{- if (include "docmill.natsCa" . | fromJson).name }}
- name: nats-ca
  mountPath: /etc/docmill-nats-ca
  readOnly: true
{{- end }}
{{- end -}}

{{/*
The service binding to SAP AI Core, for those that read the processor's configuration. A volume follows the binding's
rotation, an environment would not. It lies where the processor looks for bindings: BINDING_FOLDERS in its code.
*/}}
{{- define "docmill.bindingMount" -}}
{{- if eq .Values.llm.provider "sap-ai-core" -}}
- name: ai-core-binding
  mountPath: /etc/secrets/sapbtp/aicore/{{ .Values.llm.sapAiCore.bindingSecret }}
  readOnly: true
{{- end -}}
{{- end -}}

{{- define "docmill.bindingVolume" -}}
{{- if eq .Values.llm.provider "sap-ai-core" -}}
- name: ai-core-binding
  secret:
    secretName: {{ .Values.llm.sapAiCore.bindingSecret }}
{{- end -}}
{{- end -}}

{{/* Argument: dict root, tmpSizeLimit. */}}
{{- define "docmill.volumes" -}}
- name: config
  configMap:
    name: {{ include "docmill.fullname" .root }}-config
- name: tmp
  emptyDir:
    sizeLimit: {{ .tmpSizeLimit }}
{{- with .root.Values.connection.credentialsSecret }}
{{- if .name }}
- name: nats-credentials
  secret:
    secretName: {{ .name }}
    items:
      - key: {{ .key }}
        path: docmill.creds
{{- end }}
{{- end }}
{{- with include "docmill.natsCa" .root | fromJson }}
{{- if .name }}
- name: nats-ca
  secret:
    secretName: {{ .name }}
    items:
      - key: {{ .key }}
        path: ca.crt
{{- end }}
{{- end }}
{{- end -}}
