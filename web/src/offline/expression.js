// The small language of 'shown if', by the same rules as crates/forms/src/definition/expression:
// every expression has a value, and what has no answer is missing (null), which is carried along.
// vectors.json, made by a test there, holds cases that both must agree on.

const DAY = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const TIME = /^(\d{1,2}):(\d{1,2})$/;
const two = (text) => text.padStart(2, "0");

/** A day as text that compares, or null. */
function day(text) {
  const parts = DAY.exec(text);
  if (!parts) return null;
  const [year, month, date] = [parts[1], two(parts[2]), two(parts[3])];
  const real = new Date(`${year}-${month}-${date}T00:00:00Z`);
  return !Number.isNaN(real.getTime()) && real.getUTCDate() === Number(date) ? `${year}-${month}-${date}` : null;
}

/** A time of day as text that compares, or null. */
function time(text) {
  const parts = TIME.exec(text);
  return parts && Number(parts[1]) < 24 && Number(parts[2]) < 60 ? `${two(parts[1])}:${two(parts[2])}` : null;
}

/** Whether an answer is there but empty. */
export function isEmpty(answer) {
  return answer === undefined || answer === null || answer === "" || (Array.isArray(answer) && answer.length === 0);
}

/**
 * What expressions read: answers of the questions that are shown, scores, and the state.
 * Answers are plain values by the question's id, as the server's JSON has them. Without a state, all
 * questions that some state shows.
 */
export class Facts {
  constructor(definition, answers, state = null) {
    this.answers = answers;
    this.state = state;
    this.questions = new Map(definition.questions.map((question) => [question.id, question]));
    this.pages = definition.pages;
    this.pageShown = definition.pages.map(() => true);
    this.shown = new Map();
    this.scores = new Map();
    for (const id of definition.order) {
      const question = this.questions.get(id);
      const page = definition.pages[question.page];
      const onPage = this.holds(page.shown_if);
      this.pageShown[question.page] = onPage;
      this.shown.set(id, onPage && this.holds(question.shown_if));
    }
    for (const score of definition.scores) this.scores.set(score.id, number(score.value, this));
  }

  /** Whether a condition holds; without a state, what depends on the state may be shown in one. */
  holds(condition) {
    return !condition || (this.state === null && readsState(condition)) || truth(condition, this);
  }

  /** Whether a question is shown. */
  question(id) {
    return this.shown.get(id) ?? false;
  }

  /** Whether a page is shown: it holds a question that is. */
  page(place) {
    return this.pageShown[place] && this.pages[place].questions.some((id) => this.question(id));
  }

  /** The question of a name and its answer, where it is shown and answered. */
  given(name) {
    const question = this.questions.get(name);
    const answer = this.answers[name];
    return question && this.question(name) && !isEmpty(answer) ? { question, answer } : null;
  }

  name(name) {
    if (name === "state") return this.state === null ? null : { is: "text", value: this.state };
    if (this.scores.has(name)) return ofNumber(this.scores.get(name));
    const found = this.given(name);
    if (!found) return null;
    const { question, answer } = found;
    switch (question.kind.is) {
      case "text":
      case "long_text":
      case "choice":
        return typeof answer === "string" ? { is: "text", value: answer } : null;
      case "number":
      case "money":
        return typeof answer === "number" ? { is: "number", value: answer } : null;
      case "scale":
        return typeof answer === "number" ? { is: "number", value: answer } : null;
      case "date":
        return { is: "date", value: day(answer) };
      case "time":
        return { is: "time", value: time(answer) };
      case "yes_no":
        return typeof answer === "boolean" ? { is: "truth", value: answer } : null;
      default:
        return null;
    }
  }

  scoreOf(name) {
    const found = this.given(name);
    if (!found) return null;
    const { question, answer } = found;
    const { kind } = question;
    const one = (value) => kind.options.find((option) => option.value === value)?.score ?? null;
    switch (kind.is) {
      case "choice":
        return one(answer);
      case "choices":
        return answer.map(one).reduce((sum, score) => sum + (score ?? 0), 0);
      case "yes_no":
        return answer ? kind.yes : kind.no;
      case "scale":
      case "number":
        return typeof answer === "number" ? answer : null;
      default:
        return null;
    }
  }

  count(name) {
    const answer = this.given(name)?.answer;
    return Array.isArray(answer) ? answer.length : 0;
  }

  includes(name, wanted) {
    const found = this.given(name);
    if (found?.question.kind.is === "choices") return found.answer.includes(wanted);
    if (found?.question.kind.is === "choice") return found.answer === wanted;
    return null;
  }
}

const readsState = (tree) => Array.isArray(tree) && ((tree[0] === "name" && tree[1] === "state") || tree.some(readsState));
const ofTruth = (value) => (value === null ? null : { is: "truth", value });
const ofNumber = (value) => (value === null || !Number.isFinite(value) ? null : { is: "number", value });
const truthIn = (value) => (value?.is === "truth" ? value.value : null);
const numberIn = (value) => (value?.is === "number" ? value.value : null);

/** Whether an expression holds; missing does not. */
export function truth(tree, facts) {
  return truthIn(value(tree, facts)) === true;
}

/** The number of an expression, or null. */
export function number(tree, facts) {
  return numberIn(value(tree, facts));
}

function value(tree, facts) {
  const [is, ...rest] = tree;
  switch (is) {
    case "number":
    case "text":
    case "truth":
      return { is, value: rest[0] };
    case "name":
      return facts.name(rest[0]);
    case "not": {
      const inner = truthIn(value(rest[0], facts));
      return ofTruth(inner === null ? null : !inner);
    }
    case "minus": {
      const inner = numberIn(value(rest[0], facts));
      return ofNumber(inner === null ? null : -inner);
    }
    case "two":
      return pair(rest[0], value(rest[1], facts), value(rest[2], facts));
    default:
      return call(rest[0], rest.slice(1), facts);
  }
}

function pair(sign, left, right) {
  const ordered = (holds) => {
    const order = compare(left, right);
    return ofTruth(order === null ? null : holds(order));
  };
  const numbers = (work) => {
    const [a, b] = [numberIn(left), numberIn(right)];
    return ofNumber(a === null || b === null ? null : work(a, b));
  };
  const [a, b] = [truthIn(left), truthIn(right)];
  switch (sign) {
    case "and":
      return ofTruth(a === false || b === false ? false : a && b ? true : null);
    case "or":
      return ofTruth(a === true || b === true ? true : a === false && b === false ? false : null);
    case "==":
      return ordered((order) => order === 0);
    case "!=":
      return ordered((order) => order !== 0);
    case "<":
      return ordered((order) => order < 0);
    case "<=":
      return ordered((order) => order <= 0);
    case ">":
      return ordered((order) => order > 0);
    case ">=":
      return ordered((order) => order >= 0);
    case "+":
      return numbers((x, y) => x + y);
    case "-":
      return numbers((x, y) => x - y);
    case "*":
      return numbers((x, y) => x * y);
    default:
      return numbers((x, y) => x / y);
  }
}

/** Below nought, nought or above; null where the two cannot be compared. */
function compare(left, right) {
  if (!left || !right || left.value === null || right.value === null) return null;
  const [a, b] = [left.value, right.value];
  if (left.is === right.is) return left.is === "text" ? byLetters(a, b) : a < b ? -1 : a > b ? 1 : 0;
  if (right.is === "text" && (left.is === "date" || left.is === "time")) {
    const other = left.is === "date" ? day(b) : time(b);
    return other === null ? null : a < other ? -1 : a > other ? 1 : 0;
  }
  if (left.is === "text" && (right.is === "date" || right.is === "time")) {
    const order = compare(right, left);
    return order === null ? null : 0 - order;
  }
  return null;
}

/** By the letters' numbers, as the server compares. */
function byLetters(a, b) {
  const [ones, others] = [[...a], [...b]];
  for (let place = 0; place < Math.min(ones.length, others.length); place += 1) {
    const apart = ones[place].codePointAt(0) - others[place].codePointAt(0);
    if (apart !== 0) return apart;
  }
  return ones.length - others.length;
}

function call(name, given, facts) {
  const question = given[0]?.[0] === "name" ? given[0][1] : "";
  const numbers = () => given.map((one) => number(one, facts)).filter((one) => one !== null);
  const folded = (fold) => {
    const found = numbers();
    return ofNumber(found.length === 0 ? null : found.reduce(fold));
  };
  switch (name) {
    case "answered":
      return ofTruth(facts.given(question) !== null || (facts.scores.get(question) ?? null) !== null);
    case "includes":
      return given[1]?.[0] === "text" ? ofTruth(facts.includes(question, given[1][1])) : null;
    case "count":
      return ofNumber(facts.count(question));
    case "score":
      return ofNumber(facts.scoreOf(question));
    case "sum":
      return folded((sum, one) => sum + one);
    case "max":
      return folded((a, b) => Math.max(a, b));
    default:
      return folded((a, b) => Math.min(a, b));
  }
}
