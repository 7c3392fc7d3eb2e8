//! From a file to a definition.

mod kinds;
mod parts;
mod questions;

use std::collections::{BTreeMap, BTreeSet};

use commonweal_access::policy::Reach;

use super::check::{self, Fault, Faults};
use super::expression::{self, Expression, Names, Type, Wanted};
use super::file::{AccessFile, At, AudienceFile, File, LayoutFile, ReachFile, Text};
use super::model::{
    Audience, Definition, DefinitionKind, Elsewhere, Grant, Layout, Page, Question, QuestionId,
    QuestionKind, Retention, Score, Texts,
};
use super::near;
use super::words::{Template, Words};

/// The most questions that a definition asks: what stays manageable for anybody.
const MOST_QUESTIONS: usize = 400;

/// Reads and checks a definition. Roles are not looked at: see [`check_roles`].
///
/// # Errors
/// Everything that is wrong with it, by line.
pub fn read(
    kind: DefinitionKind,
    key: &str,
    version: i64,
    toml: &str,
) -> Result<Definition, Vec<Fault>> {
    let file = parse(toml).map_err(|fault| vec![fault])?;
    let mut reader = Reader {
        faults: Faults::new(toml),
        by_id: BTreeMap::new(),
    };
    if let Err(message) = check::key_shape(key) {
        reader.faults.add(0, "", message);
    }
    check::ids(&file, &mut reader.faults);
    check::flow(kind, &file, &mut reader.faults);
    let definition = reader.definition(kind, key, version, &file);
    match definition {
        Some(definition) if reader.faults.is_empty() => Ok(definition),
        _ => Err(reader.faults.finish()),
    }
}

/// What names no role that there is; nothing where the file cannot be read at all, which
/// [`read`] says better.
#[must_use]
pub fn check_roles(toml: &str, known: &BTreeSet<String>) -> Vec<Fault> {
    let Ok(file) = parse(toml) else {
        return Vec::new();
    };
    let mut faults = Faults::new(toml);
    check::roles(&file, known, &mut faults);
    faults.finish()
}

fn parse(toml: &str) -> Result<File, Fault> {
    toml::from_str(toml).map_err(|error: toml::de::Error| Fault {
        line: error.span().map(|span| Faults::new(toml).line(span.start)),
        path: String::new(),
        message: error.message().trim().replace('\n', " "),
    })
}

struct Reader<'a> {
    faults: Faults<'a>,
    by_id: BTreeMap<String, QuestionId>,
}

impl Reader<'_> {
    fn definition(
        &mut self,
        kind: DefinitionKind,
        key: &str,
        version: i64,
        file: &File,
    ) -> Option<Definition> {
        let (pages, questions) = self.questions(file);
        let names = self.names(file, &questions);
        let pages = self.pages(file, pages, &names);
        let questions = self.conditions(file, questions, &names);
        let scores = self.scores(file, &names);
        let order = match check::order(&pages, &questions) {
            Ok(order) => order,
            Err(cycle) => {
                let first = file.page.iter().flat_map(|page| &page.question);
                let at = first
                    .filter(|question| cycle.first().is_some_and(|id| id == question.id.str()))
                    .map(|question| question.shown_if.as_ref().unwrap_or(&question.id).start())
                    .next()
                    .unwrap_or(0);
                let message = format!(
                    "these questions decide in a loop whether each other is shown: {}. Take one of them out of a 'shown_if'",
                    cycle.join(" → ")
                );
                self.faults.add(at, "shown_if", message);
                Vec::new()
            }
        };
        let prefix = file.prefix.str();
        if !(2..=4).contains(&prefix.len()) || !prefix.bytes().all(|byte| byte.is_ascii_uppercase())
        {
            let message = "write two to four capital letters, such as 'EH'";
            self.faults.at(&file.prefix, "prefix", message);
        }
        let near = file.prefix.start();
        let record_title = self.template(&file.record_title, "record_title", &[]);
        let access = self.access(&file.access, file.workflow);
        let mut binds = BTreeMap::new();
        for question in &questions {
            if let (Some(bind), Some(id)) = (&question.bind, self.by_id.get(&question.id)) {
                binds.insert(bind.clone(), *id);
            }
        }
        let definition = Definition {
            key: key.to_owned(),
            version,
            kind,
            title: self.words(&file.title, near, "title"),
            singular: self.words(&file.singular, near, "singular"),
            plural: self.words(&file.plural, near, "plural"),
            about: self.words(&file.about, near, "about"),
            prefix: prefix.to_owned(),
            group: file.group.clone(),
            plan: file.plan.clone(),
            audience: match file.audience.get() {
                AudienceFile::Public => Audience::Public,
                AudienceFile::Invited => Audience::Invited,
                AudienceFile::Staff => Audience::Staff,
            },
            layout: match file.layout {
                LayoutFile::OnePerPage => Layout::OnePerPage,
                LayoutFile::Sections => Layout::Sections,
            },
            texts: self.texts(file),
            record_title: record_title?,
            states: self.states(kind, file),
            moves: self.moves(file, &names),
            dues: self.dues(file, &questions),
            retention: self.retention(file),
            list: self.list(file, &questions),
            place: self.place(file, &questions),
            import_key: self.import_key(file, &questions),
            parent: self.parent(file, &questions),
            waves: self.waves(file),
            public: self.public(file, &questions, &names),
            offline: file.offline,
            anonymous: file.anonymous,
            workflow: file.workflow,
            by_id: std::mem::take(&mut self.by_id),
            binds,
            order,
            pages,
            questions,
            scores,
            access,
        };
        Some(definition)
    }

    fn words(&mut self, text: &Text, near: usize, path: &str) -> Words {
        let texts = match text {
            Text::English(text) => BTreeMap::from([("en".to_owned(), text.clone())]),
            Text::Languages(texts) => texts.clone(),
        };
        for (language, text) in &texts {
            if text.trim().is_empty() {
                self.faults.add(near, path, "write a text here");
            }
            let shaped = matches!(language.len(), 2 | 3)
                && language.bytes().all(|byte| byte.is_ascii_lowercase());
            if !shaped {
                let message = format!("'{language}' is no language: write en, cy, pl …");
                self.faults.add(near, path, message);
            }
        }
        Words::new(texts).unwrap_or_else(|| {
            let message = "the English text is missing: add en = \"…\"";
            self.faults.add(near, path, message);
            Words::english("")
        })
    }

    fn some_words(&mut self, text: Option<&Text>, near: usize, path: &str) -> Option<Words> {
        text.map(|text| self.words(text, near, path))
    }

    fn all_words(&mut self, texts: &[Text], near: usize, path: &str) -> Vec<Words> {
        let words = texts.iter().map(|text| self.words(text, near, path));
        words.collect()
    }

    fn expression(
        &mut self,
        text: &At<String>,
        path: &str,
        names: &Names,
        wanted: Wanted,
    ) -> Option<Expression> {
        let expression = match Expression::read(text.str()) {
            Ok(expression) => expression,
            Err(error) => {
                self.faults.at(text, path, error.to_string());
                return None;
            }
        };
        if let Err(message) = expression::check(&expression, names, wanted) {
            self.faults.at(text, path, message);
            return None;
        }
        Some(expression)
    }

    /// A question by its id, or a fault.
    fn question(&mut self, id: &At<String>, path: &str) -> Option<QuestionId> {
        let found = self.by_id.get(id.str()).copied();
        if found.is_none() {
            let message = format!(
                "there is no question '{}'{}",
                id.str(),
                near(id.str(), self.by_id.keys().map(String::as_str))
            );
            self.faults.at(id, path, message);
        }
        found
    }

    /// A line with questions in braces; `also` are names beside the questions.
    fn template(&mut self, text: &At<String>, path: &str, also: &[&str]) -> Option<Template> {
        let template = match Template::read(text.str()) {
            Ok(template) => template,
            Err(error) => {
                self.faults.at(text, path, error.to_string());
                return None;
            }
        };
        for id in template.questions() {
            if !self.by_id.contains_key(id) && !also.contains(&id) {
                let message = format!(
                    "there is no question '{id}'{}",
                    near(id, self.by_id.keys().map(String::as_str))
                );
                self.faults.at(text, path, message);
            }
        }
        Some(template)
    }

    fn access(&mut self, file: &At<AccessFile>, workflow: bool) -> Vec<Grant> {
        let mut access = Vec::new();
        for (act, granted) in file.get().acts() {
            for (role, reach) in granted {
                access.push(Grant {
                    role: role.str().to_owned(),
                    act,
                    reach: match reach {
                        ReachFile::All => Reach::All,
                        ReachFile::OwnAgency => Reach::OwnAgency,
                        ReachFile::Own => Reach::Own,
                    },
                });
            }
        }
        if workflow && !access.is_empty() {
            let message = "what a workflow works on is seen on its own pages: take the grants out";
            self.faults.at(file, "access", message);
        } else if file.get().see.is_empty() && !workflow {
            let message = "nobody may see its records: add see = { officer = \"all\" }";
            self.faults.at(file, "access, see", message);
        }
        access
    }

    fn texts(&mut self, file: &File) -> Texts {
        let (texts, near) = (&file.texts, file.prefix.start());
        Texts {
            intro: self.all_words(&texts.intro, near, "texts, intro"),
            before_you_start: self.all_words(
                &texts.before_you_start,
                near,
                "texts, before_you_start",
            ),
            privacy: self.some_words(texts.privacy.as_ref(), near, "texts, privacy"),
            next: self.all_words(&texts.next, near, "texts, next"),
            submit: self.some_words(texts.submit.as_ref(), near, "texts, submit"),
            minutes: texts.minutes,
            exit: texts.exit,
            skip: texts.skip,
            send_at_once: texts.send_at_once,
            elsewhere: texts
                .elsewhere
                .iter()
                .map(|one| {
                    let href = one.href.str();
                    if !href.starts_with('/') || href.starts_with("//") {
                        let message = "write a path of this service, such as '/report/person'";
                        self.faults.at(&one.href, "texts, elsewhere", message);
                    }
                    Elsewhere {
                        text: self.words(&one.text, near, "texts, elsewhere"),
                        href: href.to_owned(),
                    }
                })
                .collect(),
        }
    }

    fn retention(&mut self, file: &File) -> Retention {
        if let Some(months) = &file.retention.months
            && !(1..=1200).contains(months.get())
        {
            let message = "write 1 to 1200 months";
            self.faults.at(months, "retention, months", message);
        }
        Retention {
            months: file.retention.months.as_ref().map(|months| *months.get()),
            erase_personal: file.retention.erase_personal,
        }
    }

    fn scores(&mut self, file: &File, names: &Names) -> Vec<Score> {
        let mut names = names.clone();
        names.known.remove("state");
        names.refused.insert(
            "state".to_owned(),
            "a score is worked out from answers, whatever the state",
        );
        let mut scores = Vec::new();
        for score in &file.score {
            let path = format!("score {}", score.id.str());
            let near = score.id.start();
            let wanted = format!("{path}, value");
            let value = self.expression(&score.value, &wanted, &names, Wanted::Number);
            names.refused.remove(score.id.str());
            names.known.insert(score.id.str().to_owned(), Type::Number);
            let title = self.words(&score.title, near, &path);
            let bands = self.bands(score, &path);
            scores.extend(value.map(|value| Score {
                id: score.id.str().to_owned(),
                title,
                value,
                bands,
            }));
        }
        scores
    }

    /// What expressions may read: every question; scores only once they are worked out.
    fn names(&self, file: &File, questions: &[Question]) -> Names {
        let known = questions.iter().map(|question| {
            let values = |options: &[super::model::Choice]| {
                options.iter().map(|option| option.value.clone()).collect()
            };
            let kind = match &question.kind {
                QuestionKind::Text(_) | QuestionKind::LongText(_) => Type::Text,
                QuestionKind::Number { .. }
                | QuestionKind::Money { .. }
                | QuestionKind::Scale { .. } => Type::Number,
                QuestionKind::Date { .. } => Type::Date,
                QuestionKind::Time => Type::Time,
                QuestionKind::YesNo { .. } => Type::Truth,
                QuestionKind::Choice(options) => Type::One(values(options)),
                QuestionKind::Choices { options, .. } => Type::Several(values(options)),
                QuestionKind::Files { .. } => Type::Files,
                _ => Type::Other,
            };
            (question.id.clone(), kind)
        });
        let why = "a score is worked out after the questions and the scores before it";
        let scores = file
            .score
            .iter()
            .map(|score| (score.id.str().to_owned(), why));
        let refused = scores.collect();
        let mut states: Vec<String> = file
            .state
            .iter()
            .map(|state| state.key.str().to_owned())
            .collect();
        if states.is_empty() {
            states.push(super::model::RECEIVED.to_owned());
        }
        let state = [("state".to_owned(), Type::One(states))];
        Names {
            known: known.chain(state).collect(),
            refused,
        }
    }

    /// The names with scores, for what is asked of a whole record.
    fn names_of_records(file: &File, names: &Names) -> Names {
        let mut names = names.clone();
        for score in &file.score {
            names.known.insert(score.id.str().to_owned(), Type::Number);
        }
        names.refused.clear();
        names
    }

    fn pages(&mut self, file: &File, mut pages: Vec<Page>, names: &Names) -> Vec<Page> {
        for (page, written) in pages.iter_mut().zip(&file.page) {
            let path = format!("page {}, shown_if", written.key.str());
            page.shown_if = written
                .shown_if
                .as_ref()
                .and_then(|text| self.expression(text, &path, names, Wanted::Condition));
        }
        pages
    }

    fn conditions(
        &mut self,
        file: &File,
        mut questions: Vec<Question>,
        names: &Names,
    ) -> Vec<Question> {
        let written = file.page.iter().flat_map(|page| &page.question);
        for (question, written) in questions.iter_mut().zip(written) {
            let path = format!("question {}, shown_if", question.id);
            question.shown_if = written
                .shown_if
                .as_ref()
                .and_then(|text| self.expression(text, &path, names, Wanted::Condition));
        }
        questions
    }
}

#[cfg(test)]
mod tests;
