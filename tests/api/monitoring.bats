#!/usr/bin/env bats
# What is shipped for Prometheus and Grafana fits what GET /metrics says.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load helper
	load tenancy
	alerts=$TENANTRY_ROOT/conf/prometheus/alerts.yml
	dashboard=$TENANTRY_ROOT/conf/grafana/dashboard.json
}

# It is of a package of its own, which `make lint` installs.
needs_promtool() {
	command -v promtool > /dev/null || skip 'promtool is not installed'
}

scrape() { # into the file METRICS
	KEY='' api GET /v1/organizations
	KEY='' api GET /metrics
	expect_status 200
	METRICS=$BATS_TEST_TMPDIR/metrics
	cp "$body_file" "$METRICS"
}

# names_in FILE: the metrics that it asks for, one a line.
names_in() {
	grep -o 'tenantry_[a-z_]*' "$1" | sort -u
}

@test "promtool finds nothing wrong with the metrics" {
	needs_promtool
	scrape
	run promtool check metrics < "$METRICS"
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
	# it would: a counter without _total
	printf '# HELP x y\n# TYPE x counter\nx 1\n' > "$METRICS"
	run promtool check metrics < "$METRICS"
	[ "$status" != 0 ]
}

@test "promtool takes the alerts, and each comes when it should and not else" {
	needs_promtool
	run -0 promtool check rules "$alerts"
	run promtool test rules "$TENANTRY_ROOT/tests/api/alerts_test.yml"
	echo "$output"
	[ "$status" = 0 ]
	# each has a case that sets it off
	sed -n 's/.*- alert: //p' "$alerts" | while read -r alert; do
		[ "$(grep -c "alertname: $alert" \
		    "$TENANTRY_ROOT/tests/api/alerts_test.yml")" = 2 ]
	done
}

@test "alerts and dashboard ask for metrics and labels that there are" {
	local name label file

	scrape
	jq -e '.panels | length > 5 and all(.targets | length > 0)' "$dashboard"
	[ "$(names_in "$alerts" | wc -l)" -ge 4 ]
	for file in "$alerts" "$dashboard"; do
		for name in $(names_in "$file"); do
			[[ $name != tenantry_ ]] || continue
			grep -q "^${name}[{ ]" "$METRICS" || {
				echo "$file: $name is not there"
				return 1
			}
		done
		for label in $(grep -oE '(by|sum by) \([a-z, ]*\)' "$file" |
		    sed 's/.*(//; s/[),]/ /g') \
		    $(grep -oE '\{\{ ?\$?[a-z.]+ ?\}\}' "$file" |
		    tr -d '{}$ ' | sed 's/^labels[.]//'); do
			case $label in value | instance) continue ;; esac
			grep -q "[{,]$label=" "$METRICS" || {
				echo "$file: no metric has the label $label"
				return 1
			}
		done
	done
}
