//! Routes that cannot be made without a rule.

use std::pin::Pin;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use http::Method;

use super::{PageError, Viewer, Visit};
use crate::policy::{Action, RecordAct};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Everybody.
    Public,
    /// Whoever is signed in, whatever their roles.
    SignedIn,
    /// Whoever has any grant of this action; how far it reaches is the handler's to ask.
    May(Action),
    /// Whoever may do this to records of any form or register; the handler asks for which.
    Records(RecordAct),
}

impl Rule {
    /// Whether it lets somebody in.
    #[must_use]
    pub fn admits(self, viewer: Option<&Viewer>) -> bool {
        self.check(viewer).is_ok()
    }

    fn check(self, viewer: Option<&Viewer>) -> Result<(), PageError> {
        match (self, viewer) {
            (Self::Public, _) | (Self::SignedIn, Some(_)) => Ok(()),
            (_, None) => Err(PageError::SignIn),
            (Self::May(action), Some(viewer)) if viewer.principal.may_enter(action) => Ok(()),
            (Self::Records(act), Some(viewer)) if viewer.principal.may_enter_any_records(act) => {
                Ok(())
            }
            (Self::May(_) | Self::Records(_), Some(_)) => Err(PageError::Forbidden),
        }
    }
}

/// A route as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its method.
    pub method: Method,
    /// Its path, with `{names}` for what varies.
    pub path: &'static str,
    /// Who may use it.
    pub rule: Rule,
}

/// Routes with their rules. `S` is the state that their handlers ask for.
#[derive(Debug)]
pub struct Routes<S = ()> {
    router: Router<S>,
    list: Vec<Listed>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self {
            router: Router::new(),
            list: Vec::new(),
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a page.
    #[must_use]
    pub fn get<H: Handler<T, S>, T: 'static>(
        self,
        path: &'static str,
        rule: Rule,
        handler: H,
    ) -> Self {
        self.on(MethodFilter::GET, Method::GET, path, rule, handler)
    }

    /// Adds what a form is sent to.
    #[must_use]
    pub fn post<H: Handler<T, S>, T: 'static>(
        self,
        path: &'static str,
        rule: Rule,
        handler: H,
    ) -> Self {
        self.on(MethodFilter::POST, Method::POST, path, rule, handler)
    }

    /// Adds what a program changes something by.
    #[must_use]
    pub fn patch<H: Handler<T, S>, T: 'static>(
        self,
        path: &'static str,
        rule: Rule,
        handler: H,
    ) -> Self {
        self.on(MethodFilter::PATCH, Method::PATCH, path, rule, handler)
    }

    fn on<H: Handler<T, S>, T: 'static>(
        mut self,
        filter: MethodFilter,
        method: Method,
        path: &'static str,
        rule: Rule,
        handler: H,
    ) -> Self {
        self.list.push(Listed { method, path, rule });
        self.router = self.router.route(
            path,
            on(
                filter,
                Guarded {
                    rule,
                    inner: handler,
                },
            ),
        );
        self
    }

    /// Adds routes of the same state.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.list.extend(other.list);
        self.router = self.router.merge(other.router);
        self
    }

    /// Gives the routes their state, so that routes of different states can be merged.
    #[must_use]
    pub fn with_state<S2>(self, state: S) -> Routes<S2> {
        Routes {
            router: self.router.with_state(state),
            list: self.list,
        }
    }

    /// Every method, path and rule.
    #[must_use]
    pub fn list(&self) -> &[Listed] {
        &self.list
    }

    pub(super) fn into_router(self) -> Router<S> {
        self.router
    }
}

/// A handler that runs only where its rule admits the visitor.
#[derive(Clone)]
struct Guarded<H> {
    rule: Rule,
    inner: H,
}

impl<H: Handler<T, S>, T: 'static, S: Send + 'static> Handler<T, S> for Guarded<H> {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let viewer = request
            .extensions()
            .get::<Visit>()
            .and_then(|visit| visit.viewer.as_ref());
        match self.rule.check(viewer) {
            Ok(()) => Box::pin(self.inner.call(request, state)),
            Err(error) => Box::pin(std::future::ready(error.into_response())),
        }
    }
}
