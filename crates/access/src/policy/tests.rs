//! Policy and scope say the same, for every resource that facts can make.

use std::collections::BTreeSet;

use commonweal_core::db::{Asked, List, Predicate, Sort};
use commonweal_core::{Db, DbError, read};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use uuid::Uuid;

use super::*;
use facts::{Facts, facts, id, store};

mod facts;

#[test]
fn policies_fit_their_schema_and_actions_are_all_in_it() {
    check().unwrap();
    let schema = include_str!("../../policies/schema.cedarschema");
    for action in Action::ALL {
        assert!(schema.contains(&format!("\"{action}\"")), "{action}");
        let nobody = Principal {
            user: Uuid::from_u128(1),
            agency: Uuid::from_u128(2),
            active: true,
            grants: Vec::new(),
            definition_grants: Vec::new(),
        };
        assert!(!nobody.may_enter(*action), "{action} without a grant");
        let one = Principal {
            grants: vec![(*action, Reach::Own)],
            ..nobody.clone()
        };
        assert!(one.may_enter(*action), "{action}");
        let gone = Principal {
            active: false,
            grants: vec![(*action, Reach::All)],
            ..nobody
        };
        assert!(!gone.may_enter(*action), "{action} of a disabled account");
    }
}

#[test]
fn the_shipped_roles_can_be_read_and_each_has_words() {
    let roles = roles::parse(roles::SHIPPED).unwrap();
    assert_eq!(roles.len(), 16);
    for role in &roles {
        assert!(
            !role.name.is_empty() && role.description.ends_with('.'),
            "{}",
            role.key
        );
    }
    let member = roles
        .iter()
        .find(|role| role.key == "elected-member")
        .unwrap();
    assert_eq!(
        member.grants,
        [
            (Action::SeeIncidents, Reach::All),
            (Action::SeeEnquiries, Reach::Own)
        ]
    );
    assert!(
        roles::parse(
            "[[role]]\nkey='x'\nname='X'\ndescription='X.'\npurpose='x'\ngrants={ fly = 'all' }"
        )
        .is_err()
    );
}

macro_rules! listing {
    ($name:ident, $from:literal, $key:literal) => {
        static $name: List = List {
            columns: "1 as one",
            from: $from,
            key: $key,
            filters: &[],
            sorts: &[Sort {
                name: "key",
                by: "1",
                descending: false,
            }],
        };
    };
}
listing!(USERS, "users", "users.id");
listing!(AGENCIES, "agencies", "agencies.id");
listing!(IMPORTS, "imports", "imports.id");
listing!(RECORDS, "form_records", "form_records.id");
listing!(PARTIES, "parties", "parties.id");
listing!(DIRECTORY, "directory_entries", "directory_entries.id");
listing!(MATTERS, "matters", "matters.id");
listing!(CASES, "cases", "cases.id");
listing!(ENQUIRIES, "enquiries", "enquiries.id");
listing!(INTELLIGENCE, "intelligence", "intelligence.id");
listing!(ENTRIES, "audit_entries", "audit_entries.id");
listing!(
    SOURCES,
    "sources join (select id as number from sources) as numbered on numbered.number = sources.id",
    "numbered.number"
);
listing!(
    ONE,
    "(select cast(1 as bigint) as number) as one",
    "one.number"
);

async fn listed(
    db: &Db,
    list: &'static List,
    scope: &Predicate,
) -> Result<BTreeSet<String>, DbError> {
    read!(db, |tx| {
        let page = list.page(tx, scope, &Asked::default()).await?;
        let counted = list.count(tx, scope, &[], 1_000).await?;
        assert_eq!(counted, i64::try_from(page.rows.len()).unwrap());
        let key = |row: &commonweal_core::Row| {
            if list.key.contains("number") {
                row.get::<i64>("list_key").map(|key| key.to_string())
            } else {
                row.get::<Uuid>("list_key").map(|key| key.to_string())
            }
        };
        page.rows.iter().map(key).collect()
    })
    .await
}

fn work(facts: &Facts, kind: Kind) -> Vec<Resource> {
    let (agencies, users) = (facts.agencies.len(), facts.users.len());
    let of = |(number, (agency, owner, other)): (usize, &(usize, Option<usize>, Option<usize>))| {
        let agency = id(1, agency % agencies);
        let owner = owner.map(|owner| id(2, owner % users));
        let parts: Vec<Uuid> = other.iter().map(|other| id(1, other % agencies)).collect();
        match kind {
            Kind::Matter => Resource::matter(id(8, number), agency, owner, parts),
            Kind::Case => Resource::case(id(9, number), agency, owner, parts),
            Kind::Enquiry => Resource::enquiry(id(10, number), agency, owner),
            _ => Resource::intelligence(id(11, number), agency),
        }
    };
    facts.work.iter().enumerate().map(of).collect()
}

async fn agree(db: &Db, facts: &Facts) -> Result<(), DbError> {
    store(db, facts).await?;
    let (agencies, users) = (facts.agencies.len(), facts.users.len());
    let agency_of = |user: usize| id(1, facts.users[user].0 % agencies);
    for viewer in 0..users {
        let who = read!(db, |tx| Principal::load(tx, id(2, viewer)).await)
            .await?
            .unwrap();
        for action in Action::ALL.iter().copied() {
            for kind in Kind::ALL {
                let made = |number: usize, by: &Option<usize>| {
                    let by = by.map(|by| by % users);
                    Resource::new(kind, id(if kind == Kind::Import { 3 } else { 4 }, number))
                        .by(by.map(|by| id(2, by)))
                        .of(by.map(agency_of))
                };
                let resources: Vec<Resource> = match kind {
                    Kind::Account => (0..users)
                        .map(|user| Resource::account(id(2, user), agency_of(user)))
                        .collect(),
                    Kind::AgencyEntry => (0..agencies)
                        .map(|agency| Resource::agency(id(1, agency)))
                        .collect(),
                    Kind::Import => facts
                        .imports
                        .iter()
                        .enumerate()
                        .map(|(number, by)| made(number, by))
                        .collect(),
                    Kind::AuditEntry => facts
                        .entries
                        .iter()
                        .enumerate()
                        .map(|(number, by)| made(number, by))
                        .collect(),
                    Kind::Incidents => facts
                        .sources
                        .iter()
                        .enumerate()
                        .map(|(number, agency)| {
                            Resource::new(kind, number)
                                .of(agency.map(|agency| id(1, agency % agencies)))
                        })
                        .collect(),
                    Kind::DirectoryEntry => facts
                        .directory
                        .iter()
                        .enumerate()
                        .map(|(number, (agency, owner))| {
                            Resource::directory_entry(
                                id(7, number),
                                agency.map(|agency| id(1, agency % agencies)),
                                owner.map(|owner| id(2, owner % users)),
                            )
                        })
                        .collect(),
                    Kind::Party => facts
                        .parties
                        .iter()
                        .enumerate()
                        .map(|(number, agency)| {
                            Resource::party(id(6, number), id(1, agency % agencies))
                        })
                        .collect(),
                    Kind::Record => Vec::new(),
                    Kind::Matter | Kind::Case | Kind::Enquiry | Kind::Intelligence => {
                        work(facts, kind)
                    }
                    Kind::Job | Kind::Message => vec![Resource::new(kind, 1)],
                };
                let permitted: BTreeSet<String> = resources
                    .iter()
                    .filter(|resource| who.may(action, resource))
                    .map(|resource| resource.id.clone())
                    .collect();
                let list = match kind {
                    Kind::Account => &USERS,
                    Kind::AgencyEntry => &AGENCIES,
                    Kind::Import => &IMPORTS,
                    Kind::AuditEntry => &ENTRIES,
                    Kind::Incidents => &SOURCES,
                    Kind::Record => &RECORDS,
                    Kind::Party => &PARTIES,
                    Kind::DirectoryEntry => &DIRECTORY,
                    Kind::Matter => &MATTERS,
                    Kind::Case => &CASES,
                    Kind::Enquiry => &ENQUIRIES,
                    Kind::Intelligence => &INTELLIGENCE,
                    Kind::Job | Kind::Message => &ONE,
                };
                let scoped = listed(db, list, &Scope::of(&who, action, kind)).await?;
                assert_eq!(scoped, permitted, "{action} {kind:?} {who:?} {facts:?}");
            }
        }
        for act in RecordAct::ALL {
            let permitted: BTreeSet<String> = facts
                .records
                .iter()
                .enumerate()
                .filter_map(|(number, (definition, owner))| {
                    let owner = owner.map(|owner| owner % users);
                    let record = Resource::record(
                        id(5, number),
                        owner.map(agency_of),
                        owner.map(|owner| id(2, owner)),
                    );
                    who.may_record(&definition.to_string(), act, &record)
                        .then_some(record.id)
                })
                .collect();
            let scoped = listed(db, &RECORDS, &who.record_scope(act)).await?;
            assert_eq!(scoped, permitted, "{act:?} {who:?} {facts:?}");
            let mut one_by_one = BTreeSet::new();
            for definition in facts.records.iter().map(|record| record.0.to_string()) {
                let scope = who.record_scope_in(&definition, act);
                one_by_one.extend(listed(db, &RECORDS, &scope).await?);
            }
            assert_eq!(one_by_one, permitted, "{act:?} {who:?} {facts:?}");
            assert!(permitted.is_empty() || who.may_enter_any_records(act));
        }
    }
    Ok(())
}

commonweal_core::on_both! {
    async fn scope_is_policy(db: Db) {
        let config = Config::default();
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
        for _ in 0..25 {
            let facts = facts().new_tree(&mut runner).unwrap().current();
            agree(&db, &facts).await.unwrap();
        }
    }
}

#[test]
fn asking_is_quick_enough_for_every_item_of_the_navigation() {
    let roles = roles::parse(roles::SHIPPED).unwrap();
    let who = Principal {
        user: Uuid::from_u128(1),
        agency: Uuid::from_u128(2),
        active: true,
        grants: roles[0].grants.clone(),
        definition_grants: Vec::new(),
    };
    assert!(who.may_enter(Action::ManageUsers));
    let begun = std::time::Instant::now();
    for _ in 0..100 {
        assert!(!who.may_enter(Action::SeeAudit));
    }
    let each = begun.elapsed() / 100;
    println!("one question to the policies: {each:?}");
    assert!(each < std::time::Duration::from_millis(20));
}
