//! What programs send: new records, changes, moves.

use commonweal_core::write;

use super::*;

/// What answers name must be there, and be something that the viewer may name.
async fn check_links(
    forms: &Forms,
    viewer: &Viewer,
    definition: &Definition,
    before: Option<&Answers>,
    after: &Answers,
) -> Result<(), Refusal> {
    let links: Vec<_> = shape::links(definition, before, after).collect();
    if links.is_empty() {
        return Ok(());
    }
    let checked: Result<Vec<Fault>, DbError> = read!(&forms.app.db, |tx| {
        let mut faults = Vec::new();
        for (question, id) in &links {
            let (there, what) = match &question.kind {
                QuestionKind::Record { register } => {
                    let there = match store::load(tx, *id).await {
                        Ok(record) => {
                            record.definition == *register
                                && viewer.principal.may_record(
                                    register,
                                    RecordAct::See,
                                    &record.resource(),
                                )
                        }
                        Err(DbError::NotFound) => false,
                        Err(error) => return Err(error),
                    };
                    (there, "record")
                }
                QuestionKind::Agency => {
                    let text = sql!("select count(*) from agencies where id = $1 and active");
                    (tx.count(text, args![*id]).await? > 0, "agency")
                }
                _ => {
                    let text = sql!("select count(*) from users where id = $1 and active");
                    (tx.count(text, args![*id]).await? > 0, "colleague")
                }
            };
            if !there {
                faults.push(Fault::answer(
                    &question.id,
                    format!("There is no such {what}"),
                ));
            }
        }
        Ok(faults)
    })
    .await;
    let faults = checked?;
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Refusal::faults(faults))
    }
}

/// `POST /api/v1/registers/{key}/records`
pub(in crate::exchange::api) async fn create(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer {
    let definition = enter(&forms, &viewer, &key, RecordAct::Add)?;
    let sent = object(&bytes, &["answers", "agency", "wave"])?;
    let agency = id(&sent, "agency")?.unwrap_or(viewer.principal.agency);
    let resource = Resource::record(Uuid::nil(), Some(agency), None);
    if !viewer.principal.may_record(&key, RecordAct::Add, &resource) {
        return Err(Refusal::faults(vec![Fault::new(
            "#/agency",
            "You may not add records for this agency",
        )]));
    }
    let known: Result<i64, DbError> = read!(&forms.app.db, |tx| {
        tx.count(
            sql!("select count(*) from agencies where id = $1 and active"),
            args![agency],
        )
        .await
    })
    .await;
    if known? == 0 {
        return Err(Refusal::faults(vec![Fault::new(
            "#/agency",
            "There is no such agency",
        )]));
    }
    let wave = text(&sent, "wave", 100)?;
    if let Some(wave) = &wave
        && !definition.waves.iter().any(|one| one.key == *wave)
    {
        return Err(Refusal::faults(vec![Fault::new(
            "#/wave",
            "There is no such point in time",
        )]));
    }
    let answers = shape::merge(
        &definition,
        &Answers::default(),
        &part(&sent, "answers")?,
        |_| true,
    )
    .map_err(Refusal::faults)?;
    let state = definition.first_state().map(|state| state.key.as_str());
    let today = forms.app.clock.today();
    let faults = shape::check(
        &definition,
        None,
        &answers,
        state.unwrap_or_default(),
        today,
    );
    if !faults.is_empty() {
        return Err(Refusal::faults(faults));
    }
    check_links(&forms, &viewer, &definition, None, &answers).await?;
    let delivery = match header_of(&headers, "idempotency-key").map(str::trim) {
        None | Some("") => None,
        Some(given) if given.len() > 255 => {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "The Idempotency-Key is too long",
                "It may have 255 characters.",
            ));
        }
        Some(given) => {
            // Of one person and one register: nobody meets another's key.
            let mut hash = Sha256::new();
            hash.update(viewer.user().as_bytes());
            hash.update(key.as_bytes());
            hash.update([0]);
            hash.update(given.as_bytes());
            Some(format!("api:{}", hex::encode(hash.finalize())))
        }
    };
    let started = forms.app.clock.now();
    let made: Result<Record, StoreError> =
        write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
            let new = NewRecord {
                answers: answers.clone(),
                agency: Some(agency),
                created_by: Some(viewer.user()),
                wave: wave.clone(),
                channel: "api",
                delivery: delivery.clone(),
                ..NewRecord::default()
            };
            store::create(tx, &forms.app.clock, &definition, new).await
        })
        .await;
    let record = made?;
    let again = delivery.is_some() && record.created_at < started;
    // The same key with something else in it is a mistake of the program.
    if delivery.is_some() && record.version == 1 && record.answers != answers {
        return Err(Refusal::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This Idempotency-Key was used for something else",
            "Use a new one for each record.",
        ));
    }
    // Who may add need not be one who may see; then there is nothing but the reference.
    let mut response = if viewer
        .principal
        .may_record(&key, RecordAct::See, &record.resource())
    {
        let found = find(&forms, &viewer, &key, &record.reference).await?;
        let (value, seen, etag) = found.shape(&viewer);
        logged(&forms, &viewer, &found.record, &seen).await?;
        let mut response = json_answer(&value);
        put(&mut response, header::ETAG, &etag);
        response
    } else {
        json_answer(&json!({ "reference": record.reference, "register": key }))
    };
    *response.status_mut() = if again {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let place = format!("/api/v1/registers/{key}/records/{}", record.reference);
    put(&mut response, header::LOCATION, &place);
    Ok(response)
}

/// The version that a change is meant for.
fn expected(headers: &HeaderMap) -> Result<i64, Refusal> {
    let Some(sent) = header_of(headers, header::IF_MATCH) else {
        return Err(Refusal::new(
            StatusCode::PRECONDITION_REQUIRED,
            "Say which version you change",
            "Send If-Match with the ETag of the record that you read.",
        ));
    };
    shape::version_of(sent).ok_or_else(|| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "If-Match makes no sense",
            "Send the one ETag of the record that you read.",
        )
    })
}

/// The refusal of a change to a version that is no longer there.
async fn stale(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    reference: &str,
) -> Result<Refusal, Refusal> {
    let found = find(forms, viewer, key, reference).await?;
    let (value, seen, etag) = found.shape(viewer);
    logged(forms, viewer, &found.record, &seen).await?;
    Ok(Refusal::stale(value, etag))
}

/// The record after a change.
async fn changed(forms: &Forms, viewer: &Viewer, key: &str, reference: &str) -> Answer {
    let found = find(forms, viewer, key, reference).await?;
    let (value, seen, etag) = found.shape(viewer);
    logged(forms, viewer, &found.record, &seen).await?;
    let mut response = json_answer(&value);
    put(&mut response, header::ETAG, &etag);
    Ok(response)
}

/// `PATCH /api/v1/registers/{key}/records/{reference}`
pub(in crate::exchange::api) async fn change(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer {
    let found = find(&forms, &viewer, &key, &reference).await?;
    let resource = found.record.resource();
    if !viewer
        .principal
        .may_record(&key, RecordAct::Change, &resource)
    {
        return Err(PageError::Forbidden.into());
    }
    let expected = expected(&headers)?;
    let sent = object(&bytes, &["answers", "owner", "note"])?;
    if found.record.version != expected {
        return Err(stale(&forms, &viewer, &key, &reference).await?);
    }
    if found.record.closed_at.is_some() && sent.contains_key("answers") {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "This record is closed",
            "Open it again by a move first.",
        ));
    }
    let sees_personal = viewer
        .principal
        .may_record(&key, RecordAct::SeePersonal, &resource);
    let may_change = |question: &crate::definition::Question| {
        sees_personal || question.personal == Personal::None
    };
    let before = &found.record.answers;
    let answers = shape::merge(
        &found.asked_by,
        before,
        &part(&sent, "answers")?,
        may_change,
    )
    .map_err(Refusal::faults)?;
    let (state, today) = (found.record.state.as_str(), forms.app.clock.today());
    let faults = shape::check(&found.asked_by, Some(before), &answers, state, today);
    if !faults.is_empty() {
        return Err(Refusal::faults(faults));
    }
    check_links(&forms, &viewer, &found.asked_by, Some(before), &answers).await?;
    let note = text(&sent, "note", 10_000)?;
    let owner = match sent.get("owner") {
        None => None,
        Some(_) => Some(id(&sent, "owner")?),
    };
    if let Some(Some(owner)) = owner {
        let known: Result<i64, DbError> = read!(&forms.app.db, |tx| {
            tx.count(
                sql!("select count(*) from users where id = $1 and active"),
                args![owner],
            )
            .await
        })
        .await;
        if known? == 0 {
            return Err(Refusal::faults(vec![Fault::new(
                "#/owner",
                "There is no such colleague",
            )]));
        }
    }
    let note_id = new_uuid(&forms.app.clock);
    let record = &found.record;
    let written: Result<(), StoreError> =
        write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
            let mut version = expected;
            if answers != record.answers {
                let after =
                    store::change(tx, &found.asked_by, record.id, version, &answers, None).await?;
                version = after.version;
            }
            if let Some(owner) = owner.filter(|owner| *owner != record.owner) {
                version = store::set_owner(tx, record.id, version, owner)
                    .await?
                    .version;
            }
            // A request that changes nothing still must not pass over somebody else's change.
            let now = store::load(tx, record.id).await?;
            if now.version != version {
                return Err(StoreError::Stale(Box::new(now)));
            }
            if let Some(note) = &note {
                store::note(tx, note_id, record.id, note).await?;
            } else if version == expected {
                tx.record(commonweal_core::events::Event::new(
                    store::SUBJECT,
                    record.id,
                    "form_record.sent_again",
                    json!({}),
                ));
            }
            Ok(())
        })
        .await;
    match written {
        Ok(()) => changed(&forms, &viewer, &key, &reference).await,
        Err(StoreError::Stale(_)) => Err(stale(&forms, &viewer, &key, &reference).await?),
        Err(error) => Err(error.into()),
    }
}

/// `POST /api/v1/registers/{key}/records/{reference}/moves`
pub(in crate::exchange::api) async fn make_move(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer {
    let found = find(&forms, &viewer, &key, &reference).await?;
    let expected = expected(&headers)?;
    let sent = object(&bytes, &["move", "answers", "reason"])?;
    if found.record.version != expected {
        return Err(stale(&forms, &viewer, &key, &reference).await?);
    }
    let wanted = text(&sent, "move", 100)?.unwrap_or_default();
    let Some(one) = found.asked_by.moves.iter().find(|one| one.key == wanted) else {
        return Err(Refusal::faults(vec![Fault::new(
            "#/move",
            "There is no such move",
        )]));
    };
    if !may_move(&viewer, &found.asked_by, one, &found.record) {
        return Err(PageError::Forbidden.into());
    }
    let asked: Vec<&str> = one
        .asks
        .iter()
        .filter_map(|id| found.asked_by.get(*id))
        .map(|question| question.id.as_str())
        .collect();
    let answers = part(&sent, "answers")?;
    let strangers: Vec<Fault> = answers
        .keys()
        .filter(|id| !asked.contains(&id.as_str()))
        .map(|id| Fault::answer(id, "This move does not ask this"))
        .collect();
    if !strangers.is_empty() {
        return Err(Refusal::faults(strangers));
    }
    let before = &found.record.answers;
    let after =
        shape::merge(&found.asked_by, before, &answers, |_| true).map_err(Refusal::faults)?;
    // What a move asks may be a question of the state that it leads to.
    let today = forms.app.clock.today();
    let mut faults = shape::check(&found.asked_by, Some(before), &after, &one.to, today);
    let here = shape::check(
        &found.asked_by,
        Some(before),
        &after,
        &found.record.state,
        today,
    );
    faults.retain(|fault| here.contains(fault));
    let shown = crate::answers::shown_in(&found.asked_by, &after, &one.to);
    for (id, question) in one
        .asks
        .iter()
        .filter_map(|id| Some((*id, found.asked_by.get(*id)?)))
    {
        if question.required && shown.question(id) && after.get(&question.id).is_none() {
            faults.push(Fault::answer(
                &question.id,
                crate::answers::missing(question),
            ));
        }
    }
    let reason = text(&sent, "reason", 10_000)?;
    if one.reason && reason.is_none() {
        faults.push(Fault::new("#/reason", "Say why"));
    }
    if !faults.is_empty() {
        return Err(Refusal::faults(faults));
    }
    check_links(&forms, &viewer, &found.asked_by, Some(before), &after).await?;
    let mut asks = Answers::default();
    for id in asked {
        asks.set(id, after.get(id).cloned());
    }
    let made: Result<Record, StoreError> =
        write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
            store::make_move(
                tx,
                &found.asked_by,
                found.record.id,
                expected,
                &one.key,
                &asks,
                reason.as_deref(),
            )
            .await
        })
        .await;
    match made {
        Ok(_) => changed(&forms, &viewer, &key, &reference).await,
        Err(StoreError::Stale(_)) => Err(stale(&forms, &viewer, &key, &reference).await?),
        Err(error) => Err(error.into()),
    }
}
