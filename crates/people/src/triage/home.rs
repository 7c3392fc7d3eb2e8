//! What waits, on the home page.

use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::Rule;
use commonweal_core::{Value, read};
use commonweal_records::ports::{HomeCard, HomeLine, HomeLink};

use super::queue::MATTERS;

/// The link on the home page.
#[must_use]
pub fn home_link() -> HomeLink {
    HomeLink {
        group: "Reports",
        title: "Reports to decide",
        hint: "What came in, whose it becomes and what happens next",
        href: "/triage",
        rule: Rule::May(Action::SeeReports),
    }
}

/// What a card counts: words, view, filters, whether somebody should act.
type Count = (&'static str, &'static str, Vec<(&'static str, Value)>, bool);

/// The card: urgent reports, referrals that wait for an answer, overdue and unowned matters.
#[must_use]
pub fn home_card() -> HomeCard {
    HomeCard::new(
        "Reports",
        Rule::May(Action::TriageReports),
        |app, viewer| async move {
            let mine = viewer.principal.agency;
            let counts: [Count; 4] = [
                (
                    "to look at now",
                    "new",
                    vec![("state", "new".into()), ("urgent", true.into())],
                    true,
                ),
                (
                    "to be decided",
                    "new",
                    vec![("state", "new".into()), ("urgent", false.into())],
                    false,
                ),
                (
                    "referred to us, waiting for our answer",
                    "referred",
                    vec![("referred", mine.into())],
                    true,
                ),
                (
                    "overdue",
                    "overdue",
                    vec![("overdue", app.clock.now().into()), ("agency", mine.into())],
                    true,
                ),
            ];
            // Whose matters these are decides; a referral is counted by whom it asks.
            let own = viewer.principal.scope(Action::TriageReports, Kind::Matter);
            let seen = viewer.principal.scope(Action::SeeReports, Kind::Matter);
            let mut lines = Vec::new();
            for (words, view, filters, attention) in counts {
                let scope = if view == "referred" { &seen } else { &own };
                let filters: Vec<(String, Value)> = filters
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect();
                let count = read!(&app.db, |tx| MATTERS
                    .count(tx, scope, &filters, 1_000)
                    .await)
                .await;
                let count: i64 = count?;
                if count == 0 {
                    continue;
                }
                let line =
                    HomeLine::new(format!("{count} {words}")).href(format!("/triage?view={view}"));
                lines.push(if attention { line.attention() } else { line });
            }
            Ok(lines)
        },
    )
    .more("All reports", "/triage")
}
