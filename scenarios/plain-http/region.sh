#!/bin/sh
# One "region" of a plain HTTP service: an nginx that stores what is PUT and serves it to GET.
#   region.sh start|kill|is-up|is-down|stop NAME ADDRESS:PORT
# Both regions share one folder, as if an object store replicated behind them. Everything lives below $STATE.
set -eu
action=$1 name=$2 address=$3
state=${STATE:-${TMPDIR:-/tmp}/landfall-plain-http}
home=$state/$name
pid=$home/nginx.pid

running() { [ -s "$pid" ] && kill -0 "$(cat "$pid")" 2>/dev/null; }

start() {
    running && return 0
    mkdir -p "$home" "$state/shared/values" "$home/body"
    chmod 777 "$state/shared/values" "$home/body"
    cat >"$home/nginx.conf" <<CONF
# One process, so that one signal takes the region away.
master_process off;
pid $pid;
error_log $home/error.log;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 100000;
    client_body_temp_path $home/body;
    server {
        listen $address;
        root $state/shared;
        location = / { add_header x-region $name; return 200 "hello from $name\n"; }
        location /values/ { dav_methods PUT; add_header x-region $name always; }
    }
}
CONF
    nginx -c "$home/nginx.conf"
}

case $action in
start) start ;;
kill) # All of it at once, as a region that loses its power.
    if running; then
        kill -KILL "$(cat "$pid")"
        rm -f "$pid"
    fi ;;
stop) if running; then kill -QUIT "$(cat "$pid")"; fi ;;
is-up) running && curl --silent --fail --max-time 2 "http://$address/" >/dev/null ;;
is-down) ! running && ! curl --silent --max-time 2 "http://$address/" >/dev/null ;;
*) echo "region.sh: unknown action $action" >&2; exit 2 ;;
esac
