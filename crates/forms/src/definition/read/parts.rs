//! What names questions and states: moves, due dates, the list, the public view and the like.

use super::super::check::period;
use super::super::expression::{Names, Wanted};
use super::super::file::{At, ColourFile, File, HeadingFile, ScoreFile};
use super::super::model::{
    Band, Colour, DefinitionKind, Due, DueFrom, ListView, Move, Parent, Period, Personal,
    PublicHeading, PublicView, Question, QuestionId, QuestionKind, RECEIVED, State, Wave,
};
use super::super::words::{Template, Words};
use super::Reader;

impl Reader<'_> {
    pub(super) fn bands(&mut self, score: &ScoreFile, path: &str) -> Vec<Band> {
        let one = |band: &super::super::file::BandFile, reader: &mut Self| Band {
            from: *band.from.get(),
            key: band.key.str().to_owned(),
            title: reader.words(&band.title, band.key.start(), path),
            advice: reader.some_words(band.advice.as_ref(), band.key.start(), path),
            colour: colour(band.colour),
        };
        score.bands.iter().map(|band| one(band, self)).collect()
    }

    pub(super) fn states(&mut self, kind: DefinitionKind, file: &File) -> Vec<State> {
        if kind == DefinitionKind::Form {
            return vec![State {
                key: RECEIVED.to_owned(),
                title: Words::english("Received"),
                about: None,
                closed: true,
                colour: Colour::Grey,
            }];
        }
        let mut states = Vec::new();
        for state in &file.state {
            let (near, path) = (state.key.start(), format!("state {}", state.key.str()));
            states.push(State {
                key: state.key.str().to_owned(),
                title: self.words(&state.title, near, &path),
                about: self.some_words(state.about.as_ref(), near, &path),
                closed: state.closed,
                colour: colour(state.colour),
            });
        }
        states
    }

    pub(super) fn moves(&mut self, file: &File, names: &Names) -> Vec<Move> {
        let names = Self::names_of_records(file, names);
        let mut moves = Vec::new();
        for one in &file.moves {
            let (near, path) = (one.key.start(), format!("move {}", one.key.str()));
            let asks = self.several(&one.asks, &format!("{path}, asks"));
            for written in &one.asks {
                if one.needs.iter().any(|need| need.str() == written.str()) {
                    let message =
                        "a question is either needed before the move or asked while it is made";
                    self.faults.at(written, format!("{path}, asks"), message);
                }
            }
            let condition = format!("{path}, when");
            moves.push(Move {
                key: one.key.str().to_owned(),
                title: self.words(&one.title, near, &path),
                from: one.from.iter().map(|from| from.str().to_owned()).collect(),
                to: one.to.str().to_owned(),
                by: one.by.iter().map(|role| role.str().to_owned()).collect(),
                needs: self.several(&one.needs, &format!("{path}, needs")),
                asks,
                when: one
                    .when
                    .as_ref()
                    .and_then(|text| self.expression(text, &condition, &names, Wanted::Condition)),
                unless: self.some_words(one.unless.as_ref(), near, &path),
                reason: one.reason,
            });
        }
        moves
    }

    fn several(&mut self, ids: &[At<String>], path: &str) -> Vec<QuestionId> {
        let found = ids.iter().filter_map(|id| self.question(id, path));
        found.collect()
    }

    pub(super) fn dues(&mut self, file: &File, questions: &[Question]) -> Vec<Due> {
        let mut dues = Vec::new();
        for due in &file.due {
            let (near, path) = (due.key.start(), format!("due {}", due.key.str()));
            let from = self.due_from(&due.from, &format!("{path}, from"), questions);
            dues.extend(from.map(|from| {
                Due {
                    key: due.key.str().to_owned(),
                    title: self.words(&due.title, near, &path),
                    from,
                    after: period(due.after.str()).unwrap_or(Period::Days(0)),
                    states: due
                        .states
                        .iter()
                        .map(|state| state.str().to_owned())
                        .collect(),
                    remind: due
                        .remind
                        .iter()
                        .map(|days| i64::from(*days.get()))
                        .collect(),
                }
            }));
        }
        dues
    }

    fn due_from(
        &mut self,
        from: &At<String>,
        path: &str,
        questions: &[Question],
    ) -> Option<DueFrom> {
        let text = from.str();
        if text == "created" {
            return Some(DueFrom::Created);
        }
        if let Some(state) = text.strip_prefix("state:") {
            return Some(DueFrom::State(state.to_owned()));
        }
        let Some(id) = text.strip_prefix("answer:") else {
            let message = "write 'created', 'state:KEY' or 'answer:QUESTION'";
            self.faults.at(from, path, message);
            return None;
        };
        let place = self.by_id.get(id).copied();
        let kind = place.and_then(|place| questions.get(place.index()));
        if let (Some(place), Some(QuestionKind::Date { .. })) =
            (place, kind.map(|question| &question.kind))
        {
            return Some(DueFrom::Answer(place));
        }
        let message = format!("'{id}' is no question of kind date");
        self.faults.at(from, path, message);
        None
    }

    pub(super) fn list(&mut self, file: &File, questions: &[Question]) -> ListView {
        let list = &file.list;
        let mut listed = |ids: &[At<String>], path: &str| {
            let mut found = Vec::new();
            for id in ids {
                let Some(place) = self.question(id, path) else {
                    continue;
                };
                let Some(question) = questions.get(place.index()) else {
                    continue;
                };
                if !question.list {
                    let message = format!("add list = true to question '{}'", id.str());
                    self.faults.at(id, path, message);
                }
                if path != "list, filters" && question.personal > Personal::Personal {
                    let message =
                        "answers on health, belief or offences do not stand in lists: take it out";
                    self.faults.at(id, path, message);
                }
                if found.contains(&place) {
                    let message = format!("'{}' stands here already", id.str());
                    self.faults.at(id, path, message);
                }
                found.push(place);
            }
            found
        };
        ListView {
            columns: listed(&list.columns, "list, columns"),
            filters: listed(&list.filters, "list, filters"),
            sort: listed(list.sort.as_slice(), "list, sort").first().copied(),
        }
    }

    pub(super) fn place(&mut self, file: &File, questions: &[Question]) -> Option<QuestionId> {
        let id = file.place.as_ref()?;
        let place = self.question(id, "place")?;
        let kind = questions.get(place.index()).map(|question| &question.kind);
        if !matches!(kind, Some(QuestionKind::Location | QuestionKind::Address)) {
            let message = "name a question of kind location or address";
            self.faults.at(id, "place", message);
        }
        Some(place)
    }

    pub(super) fn import_key(&mut self, file: &File, questions: &[Question]) -> Option<QuestionId> {
        let id = file.import_key.as_ref()?;
        let place = self.question(id, "import_key")?;
        let question = questions.get(place.index())?;
        let fits = matches!(
            question.kind,
            QuestionKind::Text(_) | QuestionKind::Number { .. } | QuestionKind::Address
        );
        if !fits {
            let message = "name a question of kind text, number or address";
            self.faults.at(id, "import_key", message);
        }
        if !question.list {
            let message = format!(
                "add list = true to question '{}', so that it is found",
                id.str()
            );
            self.faults.at(id, "import_key", message);
        }
        Some(place)
    }

    pub(super) fn parent(&mut self, file: &File, questions: &[Question]) -> Option<Parent> {
        let parent = file.parent.as_ref()?;
        let question = self.question(&parent.question, "parent, question")?;
        let kind = questions
            .get(question.index())
            .map(|question| &question.kind);
        let register = parent.register.str();
        if !matches!(kind, Some(QuestionKind::Record { register: named }) if named == register) {
            let message =
                format!("name a question with kind = \"record\" and register = \"{register}\"");
            self.faults
                .at(&parent.question, "parent, question", message);
        }
        Some(Parent {
            register: register.to_owned(),
            question,
        })
    }

    pub(super) fn waves(&mut self, file: &File) -> Vec<Wave> {
        let mut waves = Vec::new();
        for wave in &file.wave {
            let path = format!("wave {}", wave.key.str());
            waves.push(Wave {
                key: wave.key.str().to_owned(),
                title: self.words(&wave.title, wave.key.start(), &path),
                after_days: i64::from(wave.after_days),
                open_days: i64::from(*wave.open_days.get()),
            });
        }
        waves
    }

    pub(super) fn public(
        &mut self,
        file: &File,
        questions: &[Question],
        names: &Names,
    ) -> Option<PublicView> {
        let public = file.public.as_ref()?;
        let names = Self::names_of_records(file, names);
        let when = self.expression(&public.when, "public, when", &names, Wanted::Condition);
        let title = self.template(&public.title, "public, title", &[]);
        let text = public
            .text
            .as_ref()
            .and_then(|text| self.template(text, "public, text", &[]));
        let date = public
            .date
            .as_ref()
            .and_then(|id| self.question(id, "public, date"));
        if let (Some(date), Some(at)) = (date, &public.date) {
            let kind = questions.get(date.index()).map(|question| &question.kind);
            if !matches!(kind, Some(QuestionKind::Date { .. })) {
                self.faults
                    .at(at, "public, date", "name a question of kind date");
            }
        }
        let mut safe = |at: &At<String>, path: &str, ids: Vec<&str>| {
            for id in ids {
                let question = questions.iter().find(|question| question.id == id);
                if question.is_some_and(|question| question.personal != Personal::None) {
                    let message =
                        format!("'{id}' is personal data, which never stands on a public page");
                    self.faults.at(at, path, message);
                }
            }
        };
        let ids = |template: Option<&Template>| -> Vec<String> {
            let ids = template.into_iter().flat_map(Template::questions);
            ids.map(str::to_owned).collect()
        };
        let (titles, texts) = (ids(title.as_ref()), ids(text.as_ref()));
        safe(
            &public.title,
            "public, title",
            titles.iter().map(String::as_str).collect(),
        );
        if let Some(at) = &public.text {
            safe(
                at,
                "public, text",
                texts.iter().map(String::as_str).collect(),
            );
        }
        if let Some(at) = &public.date {
            safe(at, "public, date", vec![at.str()]);
        }
        if let Some(when) = &when {
            // Whether a line stands there would tell the answer.
            safe(&public.when, "public, when", when.names());
        }
        Some(PublicView {
            heading: match public.heading {
                HeadingFile::Done => PublicHeading::Done,
                HeadingFile::Orders => PublicHeading::Orders,
                HeadingFile::Events => PublicHeading::Events,
                HeadingFile::Said => PublicHeading::Said,
                HeadingFile::TakePart => PublicHeading::TakePart,
            },
            when: when?,
            title: title?,
            text,
            date,
        })
    }
}

fn colour(colour: ColourFile) -> Colour {
    match colour {
        ColourFile::Grey => Colour::Grey,
        ColourFile::Green => Colour::Green,
        ColourFile::Turquoise => Colour::Turquoise,
        ColourFile::Blue => Colour::Blue,
        ColourFile::Purple => Colour::Purple,
        ColourFile::Pink => Colour::Pink,
        ColourFile::Red => Colour::Red,
        ColourFile::Orange => Colour::Orange,
        ColourFile::Yellow => Colour::Yellow,
    }
}
