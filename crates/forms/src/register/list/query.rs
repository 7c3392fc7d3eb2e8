//! From what is asked to SQL that stays fast on 100,000 records, on both engines.
//!
//! There are two ways to read a page. Where a filter leaves few records (up to `FEW`, counted on its
//! own index), those are fetched by their ids and sorted. Where every filter leaves many, the index of
//! the order is read until a page is full. Neither leaves the choice to a planner without statistics:
//! SQLite reads `a cross join b` in this order, and a column inside `coalesce` uses no index.

use chrono::{Days, NaiveDate};
use commonweal_access::policy::{Principal, RecordAct};
use commonweal_core::db::{Condition, Listing, Predicate};
use commonweal_core::search::{Question as Words, subjects};
use commonweal_core::{DbError, ReadTx, Row, Value, args, sql};
use uuid::Uuid;

use super::asked::{Asked, DueBy, OfAgency, Order, Owner};
use super::filter::{Filter, Find, by_answer};
use super::listings::{
    BY_COLUMN, BY_PERSONAL_WORDS, BY_WORDS, CHANGED, DOWN, DUE, FEW_CHANGED, FEW_DOWN, FEW_DUE,
    FEW_NEWEST, FEW_OLDEST, FEW_UP, NEWEST, OLDEST, UP,
};
use crate::definition::Definition;
use crate::register::store::{MISSING, Record, TITLE, from_row};

/// A filter that leaves no more than this is read first.
const FEW: u32 = 1_000;

/// Counting stops here.
pub(crate) const MOST: i64 = 1_000;

/// Records a page.
pub(crate) const PAGE: u32 = 50;

/// A page of a list.
#[derive(Debug)]
pub struct Page {
    /// The records.
    pub records: Vec<Record>,
    /// Where the next page goes on.
    pub next: Option<Uuid>,
    /// How many there are; more than `MOST` where counting stopped.
    pub count: i64,
    /// Whether records are left out whose personal answers the viewer may not see, because the
    /// question or the order is about personal answers.
    pub personal_only: bool,
}

/// What a list is read with.
pub struct Reading<'a> {
    /// The definition.
    pub definition: &'a Definition,
    /// Who reads.
    pub who: &'a Principal,
    /// Today.
    pub today: NaiveDate,
    /// What is asked.
    pub asked: &'a Asked,
    /// The cells of the area that is asked for.
    pub cells: Option<Vec<i64>>,
    /// Records a page.
    pub limit: u32,
}

impl Reading<'_> {
    /// Reads a page.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn page(&self, tx: &mut ReadTx) -> Result<Page, DbError> {
        let personal_only = self.asked.is_personal(self.definition);
        let (conditions, few, known) = self.conditions(tx, personal_only).await?;
        let phases = self.phases(few);
        let mut first = 0;
        let mut after = None;
        if let Some(id) = self.asked.after {
            (first, after) = self.place(tx, id).await?;
        }
        let mut rows: Vec<Row> = Vec::new();
        for (listing, extra) in phases.into_iter().skip(first) {
            let left = (self.limit + 1).saturating_sub(u32::try_from(rows.len()).unwrap_or(0));
            if left == 0 {
                break;
            }
            let mut all = extra;
            all.extend(conditions.iter().cloned());
            rows.extend(listing.rows(tx, &all, after.take(), left).await?);
        }
        let count = match known {
            Some(count) => count,
            None if few => FEW_NEWEST.count(tx, &conditions, MOST + 1).await?,
            None => NEWEST.count(tx, &conditions, MOST + 1).await?,
        };
        let mut records = rows.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
        let more = records.len() > self.limit as usize;
        records.truncate(self.limit as usize);
        let next = records.last().filter(|_| more).map(|record| record.id);
        Ok(Page {
            records,
            next,
            count,
            personal_only,
        })
    }

    /// Every id that is asked for, up to `most`, in no order: for work on all that a filter leaves.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn ids(&self, tx: &mut ReadTx, most: u32) -> Result<Vec<Uuid>, DbError> {
        let personal_only = self.asked.is_personal(self.definition);
        let (mut conditions, few, _) = self.conditions(tx, personal_only).await?;
        if few {
            let rows = FEW_NEWEST.rows(tx, &conditions, None, most).await?;
            return rows.iter().map(|row| row.get("id")).collect();
        }
        conditions.push(Condition::new("1 = 1", Vec::new()));
        let rows = BY_COLUMN.some(tx, &conditions, most).await?;
        rows.iter().map(|row| row.get("id")).collect()
    }

    /// The conditions, whether they start from few chosen records, and how many records meet them
    /// where that is known already.
    async fn conditions(
        &self,
        tx: &mut ReadTx,
        personal_only: bool,
    ) -> Result<(Vec<Condition>, bool, Option<i64>), DbError> {
        let key = &self.definition.key;
        let mut scopes = vec![self.who.record_scope_in(key, RecordAct::See)];
        if personal_only {
            scopes.push(self.who.record_scope_in(key, RecordAct::SeePersonal));
        }
        let mut conditions: Vec<Condition> = scopes.iter().cloned().map(Condition::from).collect();
        let filters = self.filters(tx).await?;
        let mut few = None;
        let mut selects: Vec<Condition> = Vec::new();
        let mut whole = true;
        for filter in &filters {
            match &filter.find {
                Find::No => whole = false,
                Find::Ids(ids) => few = Some(ids.clone()),
                Find::Answer(condition) => selects.push(
                    Condition::new("chosen.definition = ? and ", args![key])
                        .then("", condition.clone())
                        .within(
                            "select chosen.record as id from answer_index as chosen where ",
                            "",
                        ),
                ),
                Find::Column(condition) => selects.push(
                    Condition::new("form_records.definition = ? and ", args![key])
                        .then("", condition.clone())
                        .within("select form_records.id from form_records where ", ""),
                ),
            }
        }
        let mut count = None;
        if few.is_none() && !selects.is_empty() {
            // What only some may see narrows the list as a filter does.
            for scope in scopes.iter().filter(|scope| scope.values.len() != 1) {
                selects.push(
                    Condition::from(scope.clone())
                        .within("select form_records.id from form_records where ", ""),
                );
            }
            let found = self.both(tx, selects).await?;
            if found.len() > FEW as usize {
                // More than are counted; how many lists that filter on words is not known.
                count = whole.then_some(MOST + 1);
            } else {
                few = Some(found);
            }
        }
        let starts = few.is_some();
        if let Some(ids) = few {
            let ids = ids.into_iter().map(Value::from).collect();
            conditions.push(Condition::new(
                "chosen.question = ? and form_records.id = chosen.record",
                args![TITLE],
            ));
            conditions.push(Condition::any_of("chosen.record", ids));
        }
        conditions.extend(filters.into_iter().map(|filter| filter.test));
        Ok((conditions, starts, count))
    }

    /// The records that all these selects give, up to one more than `FEW`.
    async fn both(&self, tx: &mut ReadTx, selects: Vec<Condition>) -> Result<Vec<Uuid>, DbError> {
        let together = selects
            .into_iter()
            .reduce(|all, one| all.then(" intersect ", one));
        let Some(together) = together else {
            return Ok(Vec::new());
        };
        let rows = together
            .then(" limit ?", Condition::new("", args![i64::from(FEW) + 1]))
            .rows(tx)
            .await?;
        let mut ids = rows
            .iter()
            .map(|row| row.get("id"))
            .collect::<Result<Vec<Uuid>, _>>()?;
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    async fn filters(&self, tx: &mut ReadTx) -> Result<Vec<Filter>, DbError> {
        let asked = self.asked;
        let newest = matches!(self.order(), Order::Newest | Order::Oldest);
        let mut filters = Vec::new();
        // By creation there is an index that begins with the state, the agency or the owner.
        let mut column = |open: &'static str, hidden: &'static str, values: Vec<Value>| {
            filters.push(Filter {
                test: Condition::new(if newest { open } else { hidden }, values.clone()),
                find: Find::Column(Condition::new(open, values)),
            });
        };
        if let Some(state) = &asked.state {
            column(
                "form_records.state = ?",
                "coalesce(form_records.state, form_records.state) = ?",
                args![state],
            );
        }
        if let Some(agency) = asked.agency {
            let agency = match agency {
                OfAgency::Mine => self.who.agency,
                OfAgency::One(id) => id,
            };
            column(
                "form_records.agency = ?",
                "coalesce(form_records.agency, form_records.agency) = ?",
                args![agency],
            );
        }
        match asked.owner {
            None => {}
            Some(Owner::Nobody) => column(
                "form_records.owner is null",
                "coalesce(form_records.owner, form_records.owner) is null",
                args![],
            ),
            Some(Owner::Me | Owner::User(_)) => {
                let owner = match asked.owner {
                    Some(Owner::User(id)) => id,
                    _ => self.who.user,
                };
                column(
                    "form_records.owner = ?",
                    "coalesce(form_records.owner, form_records.owner) = ?",
                    args![owner],
                );
            }
        }
        if let Some(due) = asked.due {
            let before = match due {
                DueBy::Overdue => self.today,
                DueBy::Soon => self
                    .today
                    .checked_add_days(Days::new(15))
                    .unwrap_or(self.today),
            };
            let by_due = matches!(self.order(), Order::Due);
            let (open, hidden) = (
                "form_records.due_on < ?",
                "coalesce(form_records.due_on, form_records.due_on) < ?",
            );
            filters.push(Filter {
                test: Condition::new(if by_due { open } else { hidden }, args![before]),
                find: Find::Column(Condition::new(open, args![before])),
            });
        }
        if let Some(cells) = &self.cells {
            let cells: Vec<Value> = cells.iter().map(|cell| Value::from(*cell)).collect();
            filters.push(Filter {
                test: Condition::any_of("form_records.cell", cells.clone()),
                find: Find::Column(Condition::any_of("form_records.cell", cells)),
            });
        }
        for (id, wanted) in &asked.answers {
            if let Some((_, question)) = self.definition.question(id) {
                filters.push(by_answer(question, wanted));
            }
        }
        if !asked.text.is_empty() {
            filters.push(self.by_words(tx).await?);
        }
        Ok(filters)
    }

    /// Free text: what is not personal for whoever sees a record, the rest only for whoever may see
    /// its personal answers.
    async fn by_words(&self, tx: &mut ReadTx) -> Result<Filter, DbError> {
        let Some(words) = Words::read(&self.asked.text) else {
            return Ok(Filter {
                test: Condition::new("1 = 0", Vec::new()),
                find: Find::Ids(Vec::new()),
            });
        };
        let engine = tx.engine();
        let open = subjects("form_record", &words, engine);
        let mut personal = self
            .who
            .record_scope_in(&self.definition.key, RecordAct::SeePersonal);
        if !self.definition.is_personal() {
            personal = Predicate::nothing();
        }
        let scope = Condition::from(personal);
        let hidden = subjects("form_record_personal", &words, engine);
        let rows = BY_WORDS
            .some(
                tx,
                &[open.clone().within("found.subject in (", ")")],
                FEW * 5,
            )
            .await?;
        let more = BY_PERSONAL_WORDS
            .some(
                tx,
                &[
                    hidden.clone().within("found.subject in (", ")"),
                    Condition::new("form_records.personal_entry = found.subject", Vec::new()),
                    scope.clone(),
                ],
                FEW * 5,
            )
            .await?;
        let few = rows.len() + more.len() < FEW as usize * 5;
        let mut ids = Vec::new();
        if few {
            for row in rows.iter().chain(&more) {
                ids.push(row.get::<Uuid>("id")?);
            }
            ids.sort_unstable();
            ids.dedup();
            // The ids say it all; they need no second test.
            return Ok(Filter {
                test: Condition::new("1 = 1", Vec::new()),
                find: Find::Ids(ids),
            });
        }
        let test = open
            .within("form_records.id in (", ")")
            .then(
                " or ",
                hidden.within("form_records.personal_entry in (", ")"),
            )
            .then(" and (", scope)
            .within("", ")");
        Ok(Filter {
            test,
            find: Find::No,
        })
    }

    fn order(&self) -> Order {
        if let Some(order) = &self.asked.order {
            return order.clone();
        }
        let sort = self.definition.list.sort;
        let question = sort.and_then(|sort| self.definition.get(sort));
        question
            .filter(|question| super::asked::sorts_by(question))
            .filter(|question| question.personal == crate::definition::Personal::None)
            .map_or(Order::Newest, |question| {
                Order::Answer(question.id.clone(), false)
            })
    }

    /// The parts of the order, one after another: first the records that have what it sorts by.
    fn phases(&self, few: bool) -> Vec<(&'static Listing, Vec<Condition>)> {
        let pick =
            |many: &'static Listing, chosen: &'static Listing| if few { chosen } else { many };
        let is = |sql: &'static str| vec![Condition::new(sql, Vec::new())];
        let keyed = |listing: &'static Listing, question: String| {
            let mut conditions = Vec::new();
            if few {
                conditions.push(Condition::new(
                    "sorted.record = form_records.id and sorted.question = ?",
                    args![question],
                ));
            } else {
                conditions.push(Condition::new(
                    "sorted.definition = ? and sorted.question = ? and form_records.id = sorted.record",
                    args![&self.definition.key, question],
                ));
            }
            (listing, conditions)
        };
        match self.order() {
            Order::Newest => vec![(pick(&NEWEST, &FEW_NEWEST), Vec::new())],
            Order::Oldest => vec![(pick(&OLDEST, &FEW_OLDEST), Vec::new())],
            Order::Changed => vec![(pick(&CHANGED, &FEW_CHANGED), Vec::new())],
            Order::Due => {
                let closed = self.asked.state.as_ref().is_some_and(|state| {
                    let closed = self
                        .definition
                        .state(state)
                        .is_some_and(|state| state.closed);
                    closed
                        && !self
                            .definition
                            .dues
                            .iter()
                            .any(|due| due.states.contains(state))
                });
                vec![
                    // Nothing is due in a closed state, and what is asked to be due has a date: a part
                    // that can hold nothing is not looked through.
                    (
                        pick(&DUE, &FEW_DUE),
                        is(if closed {
                            "1 = 0"
                        } else {
                            "form_records.due_on is not null"
                        }),
                    ),
                    (
                        pick(&NEWEST, &FEW_NEWEST),
                        is(if self.asked.due.is_some() {
                            "1 = 0"
                        } else {
                            "form_records.due_on is null"
                        }),
                    ),
                ]
            }
            Order::Title => vec![keyed(pick(&UP, &FEW_UP), TITLE.to_owned())],
            Order::Answer(id, back) => {
                let listing = if back {
                    pick(&DOWN, &FEW_DOWN)
                } else {
                    pick(&UP, &FEW_UP)
                };
                vec![
                    keyed(listing, id.clone()),
                    keyed(listing, format!("{id}{MISSING}")),
                ]
            }
        }
    }

    /// In which part of the order a record stands, and where there.
    async fn place(
        &self,
        tx: &mut ReadTx,
        id: Uuid,
    ) -> Result<(usize, Option<(Value, Uuid)>), DbError> {
        let wrong = || DbError::NoSuch("page");
        let times = tx
            .optional(
                sql!("select created_at, changed_at, due_on from form_records where id = $1 and definition = $2"),
                args![id, &self.definition.key],
            )
            .await?
            .ok_or_else(wrong)?;
        let (phase, value) = match self.order() {
            Order::Newest | Order::Oldest => (0, Value::Time(times.get("created_at")?)),
            Order::Changed => (0, Value::Time(times.get("changed_at")?)),
            Order::Due => match times.get::<Option<NaiveDate>>("due_on")? {
                Some(day) => (0, Value::from(day)),
                None => (1, Value::Time(times.get("created_at")?)),
            },
            Order::Title => (0, self.key(tx, id, TITLE).await?.ok_or_else(wrong)?.1),
            Order::Answer(question, _) => {
                let (missing, key) = self.key(tx, id, &question).await?.ok_or_else(wrong)?;
                (usize::from(missing), key)
            }
        };
        Ok((phase, Some((value, id))))
    }

    /// Whether a record lacks what it is sorted by, and its key.
    async fn key(
        &self,
        tx: &mut ReadTx,
        id: Uuid,
        question: &str,
    ) -> Result<Option<(bool, Value)>, DbError> {
        let missing = format!("{question}{MISSING}");
        let row = tx
            .optional(
                sql!("select question, key from answer_sort where record = $1 and (question = $2 or question = $3)"),
                args![id, question, &missing],
            )
            .await?;
        row.map(|row| {
            let found: String = row.get("question")?;
            Ok((found == missing, Value::Text(row.get("key")?)))
        })
        .transpose()
    }
}
