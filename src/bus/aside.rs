//! Questions that go past the core to whoever can answer them, and their answers: bounded both ways; who asks never waits.

use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Questions on their way: a newer one waits until the one before was taken.
const QUESTIONS: usize = 1;

/// Answers nobody has heard yet; further ones are dropped, for whoever does not listen asks again.
const ANSWERS: usize = 8;

/// The asking end.
#[derive(Debug)]
pub struct Aside<Q, A> {
    questions: Sender<Q>,
    answers: Receiver<A>,
}

/// The answering end.
#[derive(Debug)]
pub struct AsideDesk<Q, A> {
    questions: Receiver<Q>,
    answers: Sender<A>,
}

/// Both ends.
pub fn aside<Q, A>() -> (Aside<Q, A>, AsideDesk<Q, A>) {
    let (questions, asked) = channel(QUESTIONS);
    let (told, answers) = channel(ANSWERS);
    (Aside { questions, answers }, AsideDesk { questions: asked, answers: told })
}

impl<Q, A> Aside<Q, A> {
    /// Asks; whether it was taken.
    pub fn ask(&self, question: Q) -> bool {
        self.questions.try_send(question).is_ok()
    }

    /// An answer, if one has come.
    pub fn hear(&mut self) -> Option<A> {
        self.answers.try_recv().ok()
    }
}

impl<Q, A> AsideDesk<Q, A> {
    /// The next question; `None` once nobody can ask any more.
    pub async fn next(&mut self) -> Option<Q> {
        self.questions.recv().await
    }

    /// Answers; whether it was taken.
    pub fn tell(&self, answer: A) -> bool {
        self.answers.try_send(answer).is_ok()
    }
}
