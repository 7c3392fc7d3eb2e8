//! Pages and their questions.

use super::super::file::{File, PersonalFile, QuestionFile};
use super::super::model::{Page, Personal, Question, QuestionId};
use super::{MOST_QUESTIONS, Reader};

impl Reader<'_> {
    /// Pages and questions without their conditions, which can read any question.
    pub(super) fn questions(&mut self, file: &File) -> (Vec<Page>, Vec<Question>) {
        let mut pages = Vec::new();
        let mut questions = Vec::new();
        for (place, page) in file.page.iter().enumerate() {
            let (near, path) = (page.key.start(), format!("page {}", page.key.str()));
            if page.question.is_empty() {
                let message = "a page needs at least one [[page.question]]";
                self.faults.at(&page.key, path.clone(), message);
            }
            let mut ids = Vec::new();
            for written in &page.question {
                let id = QuestionId(questions.len());
                self.by_id.entry(written.id.str().to_owned()).or_insert(id);
                ids.push(id);
                questions.push(self.one(written, place));
            }
            pages.push(Page {
                key: page.key.str().to_owned(),
                title: self.words(&page.title, near, &path),
                intro: self.all_words(&page.intro, near, &path),
                shown_if: None,
                questions: ids,
            });
        }
        for written in file.page.iter().flat_map(|page| &page.question) {
            let Some(or) = &written.or else { continue };
            if !self.by_id.contains_key(or.str()) || or.str() == written.id.str() {
                let path = format!("question {}, or", written.id.str());
                let message = format!("there is no other question '{}'", or.str());
                self.faults.at(or, path, message);
            }
        }
        if pages.is_empty() {
            let message = "a definition needs at least one [[page]]";
            self.faults.at(&file.prefix, "page", message);
        }
        if questions.len() > MOST_QUESTIONS {
            let message = format!("ask at most {MOST_QUESTIONS} questions");
            self.faults.at(&file.prefix, "page", message);
        }
        (pages, questions)
    }

    fn one(&mut self, written: &QuestionFile, page: usize) -> Question {
        let id = written.id.str().to_owned();
        let (near, path) = (written.id.start(), format!("question {id}"));
        let kind = self.kind(written);
        Question {
            label: self.words(&written.label, near, &path),
            short: self.some_words(written.short.as_ref(), near, &path),
            hint: self.some_words(written.hint.as_ref(), near, &path),
            required: written.required,
            shown_if: None,
            kind,
            personal: match written.personal {
                PersonalFile::None => Personal::None,
                PersonalFile::Personal => Personal::Personal,
                PersonalFile::Special => Personal::Special,
                PersonalFile::Criminal => Personal::Criminal,
            },
            list: written.list,
            bind: written.bind.as_ref().map(|bind| bind.str().to_owned()),
            or: written.or.as_ref().map(|or| or.str().to_owned()),
            missing: self.some_words(written.missing.as_ref(), near, &path),
            page,
            id,
        }
    }
}
