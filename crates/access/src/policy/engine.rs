//! Asking Cedar.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};

use super::{Action, Principal, Reach, Resource};

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
    match &*SHIPPED {
        Ok(policies) => ask(policies, who, action, resource).unwrap_or_else(|error| {
            tracing::error!(%error, %action, "a policy could not be asked");
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
    action: Action,
    resource: &Resource,
) -> Result<bool, Failure> {
    if resource
        .kind
        .is_some_and(|kind| !action.kinds().contains(&kind))
    {
        return Ok(false);
    }
    let principal = uid("User", &who.user.to_string())?;
    let reach = |reach| {
        let names = who.grants.iter().filter(move |grant| grant.1 == reach);
        RestrictedExpression::new_set(
            names.map(|grant| RestrictedExpression::new_string(grant.0.name().to_owned())),
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
    if let Some(id) = resource.owner {
        let owner = RestrictedExpression::new_entity_uid(uid("User", &id.to_string())?);
        facts.insert("owner".to_owned(), owner);
    }
    let target = uid(
        resource.kind.map_or("Door", super::Kind::name),
        &resource.id,
    )?;
    let target_entity = Entity::new(target.clone(), facts, HashSet::new())?;
    let asked = RestrictedExpression::new_string(action.name().to_owned());
    let request = Request::new(
        principal,
        uid("Action", action.name())?,
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
