"""Whether a document holds records of ISO/IEC TS 27560 with every field that is mandatory, in the DPV-27560 profile.

Knows nothing of Rapport: the fields and the properties that stand for them are those of the DPVCG guide,
https://w3id.org/dpv/guides/consent-27560 ("Mappings of Terms"). The document is named by the last argument.
"""

import json
import re
import sys

PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record"
STATUSES = {
    "dpv:Consent" + name
    for name in "Unknown Requested RequestDeferred Refused Given Expired Withdrawn Revoked Invalidated".split()
} | {"dpv:RenewedConsentGiven"}
TYPES = {"dpv:Consent", "dpv:InformedConsent", "dpv:ImpliedConsent", "dpv:ExpressedConsent",
         "dpv:ExplicitlyExpressedConsent"}

# Field of ISO/IEC TS 27560 and where it stands in a record: steps through objects and lists.
MANDATORY = {
    "schema_version": ["dct:conformsTo"],
    "record_id": ["dct:identifier"],
    "pii_principal_id": ["dpv:hasDataSubject", "dct:identifier"],
    "privacy_notice": ["dpv:hasNotice", "schema:url"],
    "language": ["dpv:hasNotice", "dct:language"],
    "purposes": ["dpv:hasProcess", "dpv:hasPurpose", "dct:identifier"],
    "purpose_type": ["dpv:hasProcess", "dpv:hasPurpose", "skos:broader"],
    "lawful_basis": ["dpv:hasProcess", "dpv:hasLegalBasis"],
    "pii_information": ["dpv:hasProcess", "dpv:hasPersonalData"],
    "pii_controllers": ["dpv:hasDataController"],
    "storage_locations": ["dpv:hasProcess", "dpv:hasStorageCondition", "dpv:hasLocation"],
    "retention_period": ["dpv:hasProcess", "dpv:hasStorageCondition", "dpv:hasDuration", "rdf:value"],
    "jurisdiction": ["dpv:hasJurisdiction"],
    "recipient_third_parties": ["dpv:hasProcess", "dpv:hasRecipient"],
    "withdrawal_method": ["dpv:hasConsentControl", "dpv:isExercisedAt"],
    "party_id": ["dpv:hasEntity", "dpv:hasIdentifier"],
    "party_name": ["dpv:hasEntity", "dpv:hasName"],
    "party_address": ["dpv:hasEntity", "schema:address", "schema:streetAddress"],
    "party_contact": ["dpv:hasEntity", "schema:contactPoint", "schema:email"],
    "party_type": ["dpv:hasEntity", "@type"],
    "event_time": ["dpv:hasConsentStatus", "dpv:isIndicatedAtTime"],
    "validity_duration": ["dpv:hasConsentStatus", "dpv:hasDuration", "rdf:value"],
    "entity_id": ["dpv:hasConsentStatus", "dpv:isIndicatedBy"],
    "event_type": ["dpv:hasConsentStatus", "@type"],
}


def listed(value):
    return value if isinstance(value, list) else [value]


def found(value, steps):
    """Every value at the end of the steps."""
    if not steps:
        return [item for item in listed(value) if item not in ("", None)]
    return [
        leaf
        for item in listed(value)
        if isinstance(item, dict) and steps[0] in item
        for leaf in found(item[steps[0]], steps[1:])
    ]


def prefixes_of(value):
    """The prefix of everything that is one: names of properties, and values of `@type`."""
    if isinstance(value, list):
        return {prefix for item in value for prefix in prefixes_of(item)}
    if not isinstance(value, dict):
        return set()
    names = set(value) | {name for name in listed(value.get("@type", []))}
    own = {name.split(":")[0] for name in names if not name.startswith("@")}
    return own | {prefix for item in value.values() for prefix in prefixes_of(item)}


def check(record, context):
    faults = [field for field, steps in MANDATORY.items() if not found(record, steps)]
    if record.get("@type") != "dpv:ConsentRecord":
        faults.append("it is no dpv:ConsentRecord")
    if record["dct:conformsTo"] != PROFILE:
        faults.append("it does not say that it conforms to the profile")
    if context["dpv"] != "https://w3id.org/dpv#":
        faults.append("dpv stands for something else")
    faults += [f"the prefix {prefix} stands for nothing" for prefix in prefixes_of(record) - set(context)]
    parties = {party["@id"] for party in listed(record["dpv:hasEntity"])}
    faults += [f"{who} is no party" for who in found(record, ["dpv:hasProcess", "dpv:hasRecipient"]) if who not in parties]
    for event in listed(record["dpv:hasConsentStatus"]):
        kinds = set(event["@type"])
        if len(kinds & STATUSES) != 1 or not kinds & TYPES:
            faults.append(f"an event is {sorted(kinds)}")
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", event["dpv:isIndicatedAtTime"]):
            faults.append("a time is not one of ISO 8601 in UTC")
        if event["dpv:isIndicatedBy"] not in parties | {"dpv:DataSubject"}:
            faults.append(f"{event['dpv:isIndicatedBy']} is no party")
    return faults


def main():
    document = json.load(open(sys.argv[-1], encoding="utf-8"))
    faults = [
        f"{record.get('@id')}: {fault}"
        for record in document["@graph"]
        for fault in check(record, document["@context"])
    ]
    if faults or not document["@graph"]:
        sys.exit("\n".join(faults) or "there is no record")
    print(f"{len(document['@graph'])} records with the {len(MANDATORY)} fields of ISO/IEC TS 27560")


main()
