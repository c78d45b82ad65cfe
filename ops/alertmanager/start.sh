#!/bin/sh
# Writes Alertmanager's configuration, which cannot take a chat's id from the environment, and starts it.
set -eu

: "${BOT_TOKEN:?is missing}"
: "${ALERT_CHAT_ID:?is missing: set ALERT_CHAT_ID (or ADMIN_IDS) in .env to the Telegram id that gets the alerts}"
chat=${ALERT_CHAT_ID%%,*}
dir=${CONFIG_DIR:-/tmp}

umask 077
printf '%s' "$BOT_TOKEN" > "$dir/bot-token"
cat > "$dir/alertmanager.yml" <<YAML
route:
  receiver: telegram
  group_by: [alertname]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 4h
receivers:
  - name: telegram
    telegram_configs:
      - bot_token_file: $dir/bot-token
        chat_id: $chat
        parse_mode: ''
        message: |-
          {{ range .Alerts }}{{ if eq .Status "firing" }}ALERT{{ else }}over{{ end }}: {{ .Annotations.summary }}
          Runbook: {{ .Labels.alertname }}
          {{ end }}
# The machine that is down explains the rest.
inhibit_rules:
  - source_matchers: ['alertname="TemporalDown"']
    target_matchers: ['alertname=~"WorkOverdue|OutsideServiceFailing|PaymentPollsLate"']
    equal: []
YAML

exec alertmanager --config.file="$dir/alertmanager.yml" --storage.path=/alertmanager --cluster.listen-address=
