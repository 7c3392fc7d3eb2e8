//! Facts made at random, and the tables that hold them.

use std::collections::BTreeSet;

use commonweal_core::{Clock, Db, DbError, args, insert, sql, upkeep};
use proptest::prelude::*;
use uuid::Uuid;

use super::super::*;

#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) agencies: Vec<bool>,
    pub(super) users: Vec<(usize, bool, Vec<usize>)>,
    pub(super) roles: Vec<Vec<(Action, Reach)>>,
    pub(super) imports: Vec<Option<usize>>,
    pub(super) entries: Vec<Option<usize>>,
    pub(super) sources: Vec<Option<usize>>,
    pub(super) definitions: Vec<(usize, usize, RecordAct, Reach)>,
    pub(super) records: Vec<(usize, Option<usize>)>,
    pub(super) parties: Vec<usize>,
    pub(super) directory: Vec<(Option<usize>, Option<usize>)>,
    /// Matters, cases, enquiries and intelligence: agency, owner, another agency that takes part.
    pub(super) work: Vec<(usize, Option<usize>, Option<usize>)>,
}

pub(super) fn facts() -> impl Strategy<Value = Facts> {
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
            proptest::collection::vec(
                (
                    0_usize..4,
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
                (definitions, records, parties, directory, work),
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
                work,
            },
        )
}

pub(super) fn id(kind: u128, number: usize) -> Uuid {
    Uuid::from_u128((kind << 64) + number as u128 + 1)
}

pub(super) async fn store(db: &Db, facts: &Facts) -> Result<(), DbError> {
    let clock = Clock::System;
    let (agencies, users) = (facts.agencies.len(), facts.users.len());
    upkeep!(db, &clock, |tx| {
        let now = tx.now();
        tx.run(sql!("delete from form_records"), args![]).await?;
        tx.run(sql!("delete from definition_grants"), args![]).await?;
        tx.run(sql!("delete from parties"), args![]).await?;
        tx.run(sql!("delete from directory_entries"), args![]).await?;
        for text in [
            sql!("delete from matter_agencies"),
            sql!("delete from matters"),
            sql!("delete from case_agencies"),
            sql!("delete from cases"),
            sql!("delete from enquiries"),
            sql!("delete from intelligence"),
        ] {
            tx.run(text, args![]).await?;
        }
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
        for (number, (agency, owner, other)) in facts.work.iter().enumerate() {
            let (agency, owner) = (id(1, agency % agencies), owner.map(|owner| id(2, owner % users)));
            tx.run(
                sql!("insert into matters (id, reference, state, agency, owner, kind, title, urgent, reports, at_home, opened_at, last_report_at, state_since, version) values ($1, $2, 'new', $3, $4, '', '', false, 1, false, $5, $5, $5, 1)"),
                args![id(8, number), number.to_string(), agency, owner, now],
            )
            .await?;
            tx.run(
                sql!("insert into cases (id, reference, state, agency, owner, kind, title, opened_at, version) values ($1, $2, 'open', $3, $4, '', '', $5, 1)"),
                args![id(9, number), number.to_string(), agency, owner, now],
            )
            .await?;
            tx.run(
                sql!("insert into enquiries (id, reference, state, agency, asked_by_user, asked_by_name, authority, authority_note, question, due_on, asked_at, version) values ($1, $2, 'open', $3, $4, '', 'none', '', '', $5, $6, 1)"),
                args![id(10, number), number.to_string(), agency, owner, now.date_naive(), now],
            )
            .await?;
            tx.run(
                sql!("insert into intelligence (id, reference, state, agency, channel, told, happened, place, handling_conditions, sanitised, told_at, version) values ($1, $2, 'new', $3, '', '', '', '', '', '', $4, 1)"),
                args![id(11, number), number.to_string(), agency, now],
            )
            .await?;
            let Some(other) = other.map(|other| id(1, other % agencies)) else { continue };
            tx.run(
                sql!("insert into matter_agencies (matter, agency, part, since) values ($1, $2, 'referred', $3)"),
                args![id(8, number), other, now],
            )
            .await?;
            tx.run(
                sql!("insert into case_agencies (case_id, agency, part, since) values ($1, $2, 'member', $3)"),
                args![id(9, number), other, now],
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
