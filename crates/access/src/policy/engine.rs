//! Asking Cedar.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};

use super::{Action, Kind, Principal, Reach, Resource, record};

const SCHEMA: &str = include_str!("../../policies/schema.cedarschema");
const POLICIES: &str = include_str!("../../policies/access.cedar");

/// The policies as they ship; they change with a release, the facts that they read do not.
static SHIPPED: LazyLock<Result<PolicySet, String>> = LazyLock::new(|| {
    let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(|error| error.to_string())?;
    let policies: PolicySet = POLICIES.parse().map_err(|error| format!("{error}"))?;
    let result = Validator::new(schema).validate(&policies, ValidationMode::Strict);
    if result.validation_passed() {
        Ok(policies)
    } else {
        let faults: Vec<String> = result
            .validation_errors()
            .map(ToString::to_string)
            .collect();
        Err(faults.join("; "))
    }
});

static AUTHORIZER: LazyLock<Authorizer> = LazyLock::new(Authorizer::new);

/// Whether the policies can be read and fit their schema. The server does not start without.
///
/// # Errors
/// What is wrong with them.
pub fn check() -> Result<(), String> {
    SHIPPED.as_ref().map(drop).map_err(Clone::clone)
}

/// Whether the policies permit it. Whatever goes wrong refuses.
#[must_use]
pub fn may(who: &Principal, action: Action, resource: &Resource) -> bool {
    let fits = resource
        .kind
        .is_none_or(|kind| action.kinds().contains(&kind));
    fits && decide(who, action.name(), action.name(), resource)
}

/// The same for a record of a form or register: `asked` names the definition and the act.
pub(super) fn may_record(who: &Principal, asked: &str, record: &Resource) -> bool {
    let fits = record.kind.is_none_or(|kind| kind == Kind::Record);
    fits && decide(who, "work_with_records", asked, record)
}

fn decide(who: &Principal, action: &str, asked: &str, resource: &Resource) -> bool {
    match &*SHIPPED {
        Ok(policies) => ask(policies, who, action, asked, resource).unwrap_or_else(|error| {
            tracing::error!(%error, %asked, "a policy could not be asked");
            false
        }),
        Err(error) => {
            tracing::error!(%error, "the policies cannot be read");
            false
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn ask(
    policies: &PolicySet,
    who: &Principal,
    action: &str,
    asked: &str,
    resource: &Resource,
) -> Result<bool, Failure> {
    let principal = uid("User", &who.user.to_string())?;
    let reach = |reach| {
        let names = who.grants.iter().filter(move |grant| grant.1 == reach);
        let names = names.map(|grant| grant.0.name().to_owned());
        // Of what definitions grant only what is asked can decide; the rest would be copied in vain.
        let records = who
            .definition_grants
            .iter()
            .filter(move |grant| grant.2 == reach);
        let records = records.map(|grant| record::asked(&grant.0, grant.1));
        RestrictedExpression::new_set(
            names
                .chain(records.filter(|name| name == asked))
                .map(RestrictedExpression::new_string),
        )
    };
    let user = Entity::new(
        principal.clone(),
        HashMap::from([
            (
                "active".to_owned(),
                RestrictedExpression::new_bool(who.active),
            ),
            ("agency".to_owned(), agency(who.agency)?),
            ("everywhere".to_owned(), reach(Reach::All)),
            ("own_agency".to_owned(), reach(Reach::OwnAgency)),
            ("own".to_owned(), reach(Reach::Own)),
        ]),
        HashSet::new(),
    )?;
    let mut facts = HashMap::new();
    if let Some(id) = resource.agency {
        facts.insert("agency".to_owned(), agency(id)?);
    }
    if !resource.agencies.is_empty() {
        let all: Vec<_> = resource
            .agencies
            .iter()
            .map(|id| agency(*id))
            .collect::<Result<_, _>>()?;
        facts.insert("agencies".to_owned(), RestrictedExpression::new_set(all));
    }
    if let Some(id) = resource.owner {
        let owner = RestrictedExpression::new_entity_uid(uid("User", &id.to_string())?);
        facts.insert("owner".to_owned(), owner);
    }
    let target = uid(
        resource.kind.map_or("Door", super::Kind::name),
        &resource.id,
    )?;
    let target_entity = Entity::new(target.clone(), facts, HashSet::new())?;
    let asked = RestrictedExpression::new_string(asked.to_owned());
    let request = Request::new(
        principal,
        uid("Action", action)?,
        target,
        Context::from_pairs([("asked".to_owned(), asked)])?,
        None,
    )?;
    let entities = Entities::from_entities([user, target_entity], None)?;
    let answer = AUTHORIZER.is_authorized(&request, policies, &entities);
    Ok(answer.decision() == Decision::Allow)
}

fn agency(id: uuid::Uuid) -> Result<RestrictedExpression, Failure> {
    Ok(RestrictedExpression::new_entity_uid(uid(
        "Agency",
        &id.to_string(),
    )?))
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, Failure> {
    let kind: EntityTypeName = kind.parse()?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}
