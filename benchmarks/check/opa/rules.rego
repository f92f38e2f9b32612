# keylife's rules that can find anything in declarations, as they are written for OPA.
#
# What keylife refuses before any rule is asked (an unknown field, a span without a unit, a kind
# that does not exist, two keys delivered to one place) is left out: OPA takes the data as it is.
package keylife

now := time.parse_rfc3339_ns(input.at)

day := ((24 * 60) * 60) * 1000000000

unit := {"s": day / 86400, "m": day / 1440, "h": day / 24, "d": day, "w": day * 7}

span(text) := to_number(substring(text, 0, count(text) - 1)) * unit[substring(text, count(text) - 1, 1)]

later(instant) if time.parse_rfc3339_ns(instant) > now

services := {service.id: service | some service in input.services}

owners := {owner.id: owner | some owner in input.owners}

limits := input.configuration.limits

live := [key | some key in input.keys; not key.revoked]

revoked_ids contains key.id if {
	some key in input.keys
	key.revoked
}

subject(key) := concat("/", [key.stack, key.id])

violation(rule, who) := {"rule": rule, "severity": "violation", "subject": who}

warning(rule, who) := {"rule": rule, "severity": "warning", "subject": who}

# --- lives

default_lives := {
	"vault-token": "32d",
	"vault-approle-secret-id": "32d",
	"vault-pki-certificate": "32d",
}

lives := {kind: span(text) | some kind, text in object.union(default_lives, limits.life)}

life_limit(kind) := object.get(lives, kind, object.get(lives, "default", 90 * day))

found contains violation("ttl-within-limit", subject(key)) if {
	some key in live
	span(key.ttl) > life_limit(key.kind)
}

unenforced := {"aws-api-gateway-key", "aws-user-access-key", "generated"}

found contains violation("validity-budget", subject(key)) if {
	some key in live
	key.kind in unenforced
	span(key.ttl) <= life_limit(key.kind)
	span(key.ttl) + day > life_limit(key.kind)
}

found contains warning("rotation-before-expiry", subject(key)) if {
	some key in live
	span(key.ttl) - span(key.rotate_every) < day
}

# --- owners and services

found contains violation("service-known-and-active", subject(key)) if {
	some key in live
	not services[key.service]
}

found contains violation("service-known-and-active", subject(key)) if {
	some key in live
	service := services[key.service]
	service.status == "retired"
	not later(service.since)
}

found contains warning("service-known-and-active", subject(key)) if {
	some key in live
	service := services[key.service]
	service.status == "retired"
	later(service.since)
}

found contains warning("service-known-and-active", subject(key)) if {
	some key in live
	services[key.service].status == "deprecated"
}

found contains violation("owner-known-and-active", subject(key)) if {
	some key in live
	not owners[key.owner]
}

found contains violation("owner-known-and-active", subject(key)) if {
	some key in live
	owner := owners[key.owner]
	owner.status == "departed"
	not later(owner.since)
}

found contains warning("owner-known-and-active", subject(key)) if {
	some key in live
	owner := owners[key.owner]
	owner.status == "departed"
	later(owner.since)
}

kept_services := {key.service | some key in live}

kept_owners := {key.owner | some key in live}

gone contains ["service", service] if {
	some service in input.services
	service.status == "retired"
	service.id in kept_services
}

gone contains ["owner", owner] if {
	some owner in input.owners
	owner.status == "departed"
	owner.id in kept_owners
}

found contains violation("revoked-means-revoked", concat(" ", [word, party.id])) if {
	some [word, party] in gone
	not later(party.since)
}

found contains warning("revoked-means-revoked", concat(" ", [word, party.id])) if {
	some [word, party] in gone
	later(party.since)
}

# --- limits of owners and services: the longest pattern that fits wins

limit_of(table, name) := table[best[2]] if {
	best := max({[pattern == name, count(pattern), pattern] |
		some pattern, _ in table
		glob.match(pattern, null, name)
	})
}

owner_limits := {name: limit_of(limits.owners, name) | some name in kept_owners}

service_limits := {name: limit_of(limits.services, name) | some name in kept_services}

found contains violation("age-within-limit", subject(key)) if {
	some key in live
	span(key.ttl) > span(owner_limits[key.owner].life)
}

found contains violation("age-within-limit", subject(key)) if {
	some key in live
	span(key.ttl) > span(service_limits[key.service].life)
}

# Written so that OPA builds an index of what is in brackets, and goes over the keys once.
owned := {name: indexes | some name in kept_owners; indexes := [i | live[i].owner == name]}

serving := {name: indexes | some name in kept_services; indexes := [i | live[i].service == name]}

found contains violation("count-within-limit", subject(live[index])) if {
	some name, limit in owner_limits
	some index in surplus(owned[name], limit.keys)
}

found contains violation("count-within-limit", subject(live[index])) if {
	some name, limit in service_limits
	some index in surplus(serving[name], limit.keys)
}

surplus(members, most) := array.slice(members, most, count(members))

# --- ids, and what they stood for before

# Unicode is left out: an id is of a-z, 0-9 and - alone.
skeleton(name) := concat("-", [part | some part in split(shaped, "-"); part != ""]) if {
	shaped := replace(replace(replace(replace(name, "0", "o"), "1", "l"), "rn", "m"), "vv", "w")
}

revoked_skeletons := {skeleton(id) | some id in revoked_ids}

found contains violation("no-resurrection", subject(key)) if {
	some key in live
	key.id in revoked_ids
}

found contains violation("no-resurrection", subject(key)) if {
	some key in live
	not key.id in revoked_ids
	skeleton(key.id) in revoked_skeletons
}

revoked_credentials contains key.imported.credential if {
	some key in input.keys
	key.revoked
}

found contains violation("no-resurrection", subject(key)) if {
	some key in live
	key.imported.credential in revoked_credentials
}

live_ids := {key.id | some key in live}

places := {id: indexes | some id in live_ids; indexes := [i | live[i].id == id]}

found contains violation("unique-claim", subject(live[index])) if {
	some id, indexes in places
	count(indexes) > 1
	some index in indexes
	subject(live[index]) != subject(live[min(indexes)])
}

imported := {key.imported.credential | some key in live}

imports := {credential: indexes |
	some credential in imported
	indexes := [i | live[i].imported.credential == credential]
}

found contains violation("unique-claim", subject(live[index])) if {
	some credential, indexes in imports
	some index in indexes
	subject(live[index]) != subject(live[min(indexes)])
}

# --- what a key may do, and who reads it

administrators := {"AdministratorAccess", "IAMFullAccess"}

found contains violation("least-scope", subject(key)) if {
	some key in live
	some policy in key.scope.policies
	everything(policy)
}

everything("root")

everything(policy) if {
	parts := split(policy, ":policy/")
	parts[count(parts) - 1] in administrators
}

version := `\b[a-z0-9][a-z0-9-]{0,62}-v[1-9][0-9]{0,8}\b`

found contains violation("dead-reference", subject(key)) if {
	some key in live
	walk(key.scope, [_, text])
	is_string(text)
	contains(text, "-v")
	some name in regex.find_n(version, text, -1)
	regex.replace(name, `-v[1-9][0-9]*$`, "") in revoked_ids
}

found contains warning("prefer-no-key", subject(key)) if {
	some key in live
	split(key.kind, "-")[0] in {"aws", "vault"}
	some delivery in key.deliver
	some name, _ in delivery
	name in {"github-actions-secret", "kubernetes-secret"}
}

# --- waivers

named(waiver) := sprintf("waiver of %s for %s", [waiver.rule, waiver.key])

found contains violation("waiver-valid", named(waiver)) if {
	some waiver in input.configuration.waivers
	not waiver.until
}

found contains violation("waiver-valid", named(waiver)) if {
	some waiver in input.configuration.waivers
	not later(waiver.until)
}

found contains warning("waiver-valid", named(waiver)) if {
	some waiver in input.configuration.waivers
	later(waiver.until)
	time.parse_rfc3339_ns(waiver.until) - now <= 7 * day
}

waived contains [waiver.rule, waiver.key] if {
	some waiver in input.configuration.waivers
	later(waiver.until)
}

findings contains finding if {
	some finding in found
	not [finding.rule, regex.replace(finding.subject, `^[^/]*/`, "")] in waived
}
