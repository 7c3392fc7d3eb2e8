//! Policy and scope say the same, for every resource that facts can make.

use std::collections::BTreeSet;

use commonweal_core::db::{Asked, List, Predicate, Sort};
use commonweal_core::{Clock, Db, DbError, args, insert, read, sql, upkeep};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use uuid::Uuid;

use super::*;

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
    assert_eq!(member.grants, [(Action::SeeIncidents, Reach::All)]);
    assert!(
        roles::parse(
            "[[role]]\nkey='x'\nname='X'\ndescription='X.'\npurpose='x'\ngrants={ fly = 'all' }"
        )
        .is_err()
    );
}

#[derive(Debug, Clone)]
struct Facts {
    agencies: Vec<bool>,
    users: Vec<(usize, bool, Vec<usize>)>,
    roles: Vec<Vec<(Action, Reach)>>,
    imports: Vec<Option<usize>>,
    entries: Vec<Option<usize>>,
    sources: Vec<Option<usize>>,
    definitions: Vec<(usize, usize, RecordAct, Reach)>,
    records: Vec<(usize, Option<usize>)>,
    parties: Vec<usize>,
    directory: Vec<(Option<usize>, Option<usize>)>,
}

fn facts() -> impl Strategy<Value = Facts> {
    let grant = (
        proptest::sample::select(Action::ALL),
        proptest::sample::select(&Reach::ALL[..]),
    );
    let someone = || proptest::collection::vec(proptest::option::of(0_usize..4), 1..4);
    (
        proptest::collection::vec(proptest::bool::weighted(0.8), 1..4),
        proptest::collection::vec(
            (
                0_usize..4,
                proptest::bool::weighted(0.8),
                proptest::collection::vec(0_usize..4, 0..3),
            ),
            1..5,
        ),
        proptest::collection::vec(proptest::collection::vec(grant, 0..8), 1..5),
        (someone(), someone(), someone()),
        (
            proptest::collection::vec(
                (
                    0_usize..4,
                    0_usize..2,
                    proptest::sample::select(&RecordAct::ALL[..]),
                    proptest::sample::select(&Reach::ALL[..]),
                ),
                0..12,
            ),
            proptest::collection::vec((0_usize..2, proptest::option::of(0_usize..4)), 1..6),
            proptest::collection::vec(0_usize..4, 1..4),
            proptest::collection::vec(
                (
                    proptest::option::of(0_usize..4),
                    proptest::option::of(0_usize..4),
                ),
                1..5,
            ),
        ),
    )
        .prop_map(
            |(
                agencies,
                users,
                roles,
                (imports, entries, sources),
                (definitions, records, parties, directory),
            )| Facts {
                agencies,
                users,
                roles,
                imports,
                entries,
                sources,
                definitions,
                records,
                parties,
                directory,
            },
        )
}

fn id(kind: u128, number: usize) -> Uuid {
    Uuid::from_u128((kind << 64) + number as u128 + 1)
}

async fn store(db: &Db, facts: &Facts) -> Result<(), DbError> {
    let clock = Clock::System;
    let (agencies, users) = (facts.agencies.len(), facts.users.len());
    upkeep!(db, &clock, |tx| {
        let now = tx.now();
        tx.run(sql!("delete from form_records"), args![]).await?;
        tx.run(sql!("delete from definition_grants"), args![]).await?;
        tx.run(sql!("delete from parties"), args![]).await?;
        tx.run(sql!("delete from directory_entries"), args![]).await?;
        tx.run(sql!("delete from user_roles"), args![]).await?;
        tx.run(sql!("delete from role_grants"), args![]).await?;
        tx.run(sql!("delete from roles"), args![]).await?;
        tx.run(sql!("delete from users"), args![]).await?;
        tx.run(sql!("delete from agencies"), args![]).await?;
        tx.run(sql!("delete from imports"), args![]).await?;
        tx.run(sql!("delete from sources"), args![]).await?;
        tx.run(sql!("delete from audit_entries"), args![]).await?;
        for (number, active) in facts.agencies.iter().enumerate() {
            tx.run(
                sql!("insert into agencies (id, name, kind, active, created_at, version) values ($1, $2, 'other', $3, $4, 1)"),
                args![id(1, number), number.to_string(), *active, now],
            )
            .await?;
        }
        for (number, grants) in facts.roles.iter().enumerate() {
            tx.run(
                sql!("insert into roles (key, name, description, purpose, position) values ($1, $1, '', '', 0)"),
                args![number.to_string()],
            )
            .await?;
            let distinct: BTreeSet<_> = grants.iter().collect();
            let rows = distinct.into_iter().flat_map(|(action, reach)| args![number.to_string(), action.name(), reach.name()]);
            tx.insert_many(insert!("role_grants", "role, action, reach"), rows.collect()).await?;
        }
        for (number, (agency, active, roles)) in facts.users.iter().enumerate() {
            tx.run(
                sql!("insert into users (id, name, email, agency, active, created_at, version) values ($1, '', $2, $3, $4, $5, 1)"),
                args![id(2, number), number.to_string(), id(1, agency % agencies), *active, now],
            )
            .await?;
            let distinct: BTreeSet<usize> = roles.iter().map(|role| role % facts.roles.len()).collect();
            for role in distinct {
                tx.run(sql!("insert into user_roles (user_id, role) values ($1, $2)"), args![id(2, number), role.to_string()]).await?;
            }
        }
        for (number, by) in facts.imports.iter().enumerate() {
            tx.run(
                sql!("insert into imports (id, kind, name, sha256, state, started_at, by_user, rows, rejected, notes) values ($1, '', '', '', '', $2, $3, 0, 0, $4)"),
                args![id(3, number), now, by.map(|by| id(2, by % users)), serde_json::json!({})],
            )
            .await?;
        }
        for (number, by) in facts.entries.iter().enumerate() {
            tx.run(
                sql!("insert into audit_entries (id, at, actor, action, purpose, subject_kind, fields) values ($1, $2, $3, '', '', '', '')"),
                args![id(4, number), now, by.map(|by| id(2, by % users))],
            )
            .await?;
        }
        for (number, agency) in facts.sources.iter().enumerate() {
            tx.run(
                sql!("insert into sources (id, code, name, agency) values ($1, $2, '', $3)"),
                args![i64::try_from(number).unwrap(), number.to_string(), agency.map(|agency| id(1, agency % agencies))],
            )
            .await?;
        }
        for (number, (agency, owner)) in facts.directory.iter().enumerate() {
            tx.run(
                sql!("insert into directory_entries (id, kind, reference, name, state, agency, owner, body, created_at, changed_at, version) values ($1, 'service', $2, '', 'draft', $3, $4, $5, $6, $6, 1)"),
                args![id(7, number), number.to_string(), agency.map(|agency| id(1, agency % agencies)), owner.map(|owner| id(2, owner % users)), serde_json::json!({}), now],
            )
            .await?;
        }
        for (number, agency) in facts.parties.iter().enumerate() {
            tx.run(
                sql!("insert into parties (id, reference, kind, agency, name, interpreter, wishes, source, created_at, changed_at, version) values ($1, $2, 'person', $3, '', false, $4, '', $5, $5, 1)"),
                args![id(6, number), number.to_string(), id(1, agency % agencies), serde_json::json!({}), now],
            )
            .await?;
        }
        let distinct: BTreeSet<_> = facts
            .definitions
            .iter()
            .map(|(role, definition, act, reach)| (role % facts.roles.len(), definition, act, reach))
            .collect();
        let rows = distinct.into_iter().flat_map(|(role, definition, act, reach)| {
            args![definition.to_string(), role.to_string(), act.name(), reach.name()]
        });
        tx.insert_many(insert!("definition_grants", "definition, role, act, reach"), rows.collect())
            .await?;
        for (number, (definition, owner)) in facts.records.iter().enumerate() {
            let owner = owner.map(|owner| owner % users);
            tx.run(
                sql!("insert into form_records (id, definition, definition_version, reference, state, title, answers, agency, owner, channel, created_at, changed_at, version) values ($1, $2, 1, $3, '', '', $4, $5, $6, '', $7, $7, 1)"),
                args![id(5, number), definition.to_string(), number.to_string(), serde_json::json!({}), owner.map(|owner| id(1, facts.users[owner].0 % agencies)), owner.map(|owner| id(2, owner)), now],
            )
            .await?;
        }
        Ok::<_, DbError>(())
    })
    .await
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
