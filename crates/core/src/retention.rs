//! How long the house's own rows are kept. Records of cases follow their own schedule.

use chrono::Duration;

use crate::config::Retention;
use crate::jobs::{self, JobError, JobKind};
use crate::{DbError, mail, upkeep};

/// The job that removes sent mail and finished jobs when their time is over; put it down
/// with `jobs::every(tx, "house.retention", …)`, once a day.
#[must_use]
pub fn job(settings: &Retention) -> JobKind {
    let days = |days: u32| Duration::days(i64::from(days));
    let (mail_kept, jobs_kept) = (days(settings.mail_days), days(settings.jobs_days));
    JobKind::new(
        "house.retention",
        "Remove old mail and finished jobs",
        move |context| async move {
            let (mail, jobs) = upkeep!(&context.db, &context.clock, |tx| {
                let now = tx.now();
                let mail = mail::sweep(tx, now - mail_kept).await?;
                let jobs = jobs::sweep(tx, now - jobs_kept).await?;
                Ok::<_, DbError>((mail, jobs))
            })
            .await?;
            tracing::info!(mail, jobs, "removed what was kept long enough");
            Ok::<_, JobError>(())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Options, Worker};
    use crate::mail::{Deliver, Mail};
    use crate::testing::clock;
    use crate::{args, on_both, read, sql};

    on_both! {
        async fn mail_and_jobs_go_when_their_time_is_over(db: Db) {
            let clock = clock();
            let settings = Retention { mail_days: 90, searches_hours: 24, jobs_days: 30 };
            let worker = Worker::new(&db, &clock, [job(&settings), mail::job(Deliver::Keep)], Options::default());
            upkeep!(&db, &clock, |tx| {
                jobs::every(tx, "house.retention", Duration::days(1)).await?;
                let mail = Mail { to: "a@example.org".to_owned(), subject: "s".to_owned(), text: "t".to_owned(), kind: "test" };
                tx.send_mail(mail).await?;
                Ok::<_, DbError>(())
            }).await.unwrap();
            let left = async |days: i64| {
                clock.advance(Duration::days(days));
                worker.run_due().await.unwrap();
                read!(&db, |tx| Ok::<_, DbError>((
                    tx.count(sql!("select count(*) from outbox"), args![]).await?,
                    tx.count(sql!("select count(*) from jobs"), args![]).await?,
                ))).await.unwrap()
            };
            assert_eq!(left(0).await, (1, 2));
            assert_eq!(left(29).await, (1, 2));
            assert_eq!(left(2).await, (1, 1), "the recurring job stays");
            assert_eq!(left(60).await, (0, 1));
        }
    }
}
