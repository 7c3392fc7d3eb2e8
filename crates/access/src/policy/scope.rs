//! The policies again, as one fixed SQL condition per kind, over the same tables of facts.
//! A property test proves both equal for every resource.

use commonweal_core::args;
use commonweal_core::db::Predicate;

use super::{Action, Kind, Principal};

/// Conditions for lists and counts.
#[derive(Debug)]
pub struct Scope;

/// The viewer's grants, with what they reach: `$reach` speaks of the listed table and of `me`.
macro_rules! granted {
    ($reach:literal) => {
        concat!(
            "exists (select 1 from users as me \
             join agencies as my_agency on my_agency.id = me.agency \
             join user_roles as mine on mine.user_id = me.id \
             join role_grants as granted on granted.role = mine.role \
             where me.id = ? and me.active and my_agency.active and granted.action = ? and (granted.reach = 'all'",
            $reach,
            "))"
        )
    };
}

/// Rule 5 of the policies: one's own account, without any grant.
const OWN_ACCOUNT: &str = concat!(
    granted!(
        " or (granted.reach = 'own_agency' and users.agency = me.agency) or (granted.reach = 'own' and users.id = me.id)"
    ),
    " or exists (select 1 from users as me join agencies as my_agency on my_agency.id = me.agency \
     where me.id = ? and me.active and my_agency.active and ? = 'see_own_account' and users.id = me.id)"
);

impl Scope {
    /// What of `kind` this person may do `action` to: a condition on the kind's table (`users`,
    /// `agencies`, `imports`, `audit_entries`, `sources`; jobs and messages need none), which
    /// must be in the list's `from` under its own name.
    #[must_use]
    pub fn of(who: &Principal, action: Action, kind: Kind) -> Predicate {
        if !action.kinds().contains(&kind) {
            return Predicate::nothing();
        }
        let sql = match kind {
            Kind::Account => OWN_ACCOUNT,
            Kind::AgencyEntry => {
                granted!(" or (granted.reach = 'own_agency' and agencies.id = me.agency)")
            }
            Kind::Import => granted!(
                " or (granted.reach = 'own_agency' and imports.by_user in (select id from users where agency = me.agency)) \
                  or (granted.reach = 'own' and imports.by_user = me.id)"
            ),
            Kind::AuditEntry => granted!(
                " or (granted.reach = 'own_agency' and audit_entries.actor in (select id from users where agency = me.agency)) \
                  or (granted.reach = 'own' and audit_entries.actor = me.id)"
            ),
            Kind::Incidents => {
                granted!(" or (granted.reach = 'own_agency' and sources.agency = me.agency)")
            }
            Kind::Party => {
                granted!(" or (granted.reach = 'own_agency' and parties.agency = me.agency)")
            }
            Kind::DirectoryEntry => granted!(
                " or (granted.reach = 'own_agency' and directory_entries.agency = me.agency) \
                  or (granted.reach = 'own' and directory_entries.owner = me.id)"
            ),
            Kind::Matter if takes_part(action) => granted!(
                " or (granted.reach = 'own_agency' and (matters.agency = me.agency or exists (select 1 from matter_agencies as part \
                  where part.matter = matters.id and part.agency = me.agency))) \
                  or (granted.reach = 'own' and matters.owner = me.id)"
            ),
            Kind::Matter => granted!(
                " or (granted.reach = 'own_agency' and matters.agency = me.agency) \
                  or (granted.reach = 'own' and matters.owner = me.id)"
            ),
            Kind::Case => granted!(
                " or (granted.reach = 'own_agency' and (cases.agency = me.agency or exists (select 1 from case_agencies as part \
                  where part.case_id = cases.id and part.agency = me.agency))) \
                  or (granted.reach = 'own' and cases.owner = me.id)"
            ),
            Kind::Enquiry => granted!(
                " or (granted.reach = 'own_agency' and enquiries.agency = me.agency) \
                  or (granted.reach = 'own' and enquiries.asked_by_user = me.id)"
            ),
            Kind::Intelligence => {
                granted!(" or (granted.reach = 'own_agency' and intelligence.agency = me.agency)")
            }
            // Records are asked for by definition: `Principal::record_scope`. No action reaches them.
            Kind::Record => return Predicate::nothing(),
            Kind::Job | Kind::Message => granted!(""),
        };
        let mut values = args![who.user, action.name()];
        if kind == Kind::Account {
            values.extend(args![who.user, action.name()]);
        }
        Predicate { sql, values }
    }
}

/// Rule 2a of the policies: what an agency that takes part may do.
fn takes_part(action: Action) -> bool {
    matches!(action, Action::SeeReports | Action::WorkOnReports)
}
