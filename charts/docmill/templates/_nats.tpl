{{- define "docmill.natsConf" -}}
server_name: $POD_NAME
listen: "0.0.0.0:4222"
http: "0.0.0.0:8222"
jetstream {
  store_dir: /data
  # Every acknowledged message is on disk: without it, a power loss takes acknowledged jobs with it.
  sync_interval: always
  max_memory_store: 64Mi
  max_file_store: {{ .Values.nats.storage.size }}
}
{{- if .Values.nats.tlsSecret }}
tls {
  cert_file: /etc/nats-tls/tls.crt
  key_file: /etc/nats-tls/tls.key
}
{{- end }}
{{- if or .Values.nats.accountsSecret .Values.connection.loginsSecret }}
include accounts.conf
{{- end }}
{{- end -}}
