// What a person says about rows of images, and how it is told. Pure; every function returns a new answer.
// A row: {id, title, objects, ranks, size, note, likes, into}. ranks[k]: objects of the seed up to and including image k.
// An answer: {cut: place of the last good image or null (refused), wrong: set of places, into: node or null}.

/** What is said before anybody says anything: refused; once accepted, the same as the morph among whose members it lies (row.into). */
export const untouched = (row) => ({ cut: null, wrong: new Set(), into: row?.into ?? null });

/** Accept up to an image; again on the same: refuse. */
export const cutAt = (answer, place) => ({ ...answer, cut: answer.cut === place ? null : place });

/** Accept the whole row; again: refuse. */
export const whole = (answer, row) => cutAt(answer, row.objects.length - 1);

/** Accept every untouched row as a whole, for pages on which most are good; where none is untouched, refuse those again. */
export function wholePage(answers, rows) {
  const isUntouched = (answer) => answer.cut === null && !answer.wrong.size;
  const isWhole = (answer, row) => answer.cut === row.objects.length - 1 && !answer.wrong.size;
  const isAny = answers.some(isUntouched);
  return answers.map((answer, number) => {
    const row = rows[number];
    if (isAny) return isUntouched(answer) ? whole(answer, row) : answer;
    return isWhole(answer, row) ? whole(answer, row) : answer;
  });
}

/** Cross a single image out, or take that back. */
export function crossed(answer, place) {
  const wrong = new Set(answer.wrong);
  if (!wrong.delete(place)) wrong.add(place);
  return { ...answer, wrong };
}

/** Let a row be the same as a morph; again: a morph of its own. */
export const sameAs = (answer, node) => ({ ...answer, into: answer.into === node ? null : node });

/** Go on to the next of the morphs offered, after the last one to none. */
export function nextLike(answer, row) {
  const offered = [...(row.likes ?? []).map((like) => like.node), null];
  return { ...answer, into: offered[(offered.indexOf(answer.into) + 1) % offered.length] };
}

/** Tell whether anything of a row is accepted: all images up to the cut may be crossed out. */
export function isAccepted(answer) {
  if (answer.cut === null) return false;
  for (let place = 0; place <= answer.cut; place++) if (!answer.wrong.has(place)) return true;
  return false;
}

/** Return how an image looks: accepted, beyond (the cut), wrong, or open (the row is untouched). */
export function lookOf(answer, place) {
  if (answer.wrong.has(place)) return 'wrong';
  if (!isAccepted(answer)) return 'open';
  return place <= answer.cut ? 'accepted' : 'beyond';
}

const wrongWithin = (answer) => [...answer.wrong].filter((place) => place <= answer.cut).length;

/** Return how many objects of a seed come in. */
export const countOf = (row, answer) =>
  isAccepted(answer) ? Math.max(0, (row.ranks?.[answer.cut] ?? answer.cut + 1) - wrongWithin(answer)) : 0;

const figure = (n) => n.toLocaleString('en');

/** Say what becomes of a row, in a few words. */
export function sentence(row, answer) {
  const size = row.size ?? row.objects.length;
  const wrong = answer.wrong.size ? `, ${figure(answer.wrong.size)} wrong` : '';
  if (!isAccepted(answer)) return `refused${wrong}`;
  const as = likeOf(row, answer) ? ` as ${likeOf(row, answer).title}` : '';
  if (answer.cut === row.objects.length - 1 && !answer.wrong.size) return `accept all ${figure(size)}${as}`;
  return `accept ${isExact(row, answer) ? '' : 'about '}${figure(countOf(row, answer))} of ${figure(size)}${wrong}${as}`;
}

const likeOf = (row, answer) => (row.likes ?? []).find((like) => like.node === answer.into);

/** A number is exact where the cut takes all, or all objects are shown. */
const isExact = (row, answer) =>
  answer.cut === row.objects.length - 1 || (row.size ?? row.objects.length) === row.objects.length;

/** Say what becomes of a page. */
export function summary(rows, answers) {
  const accepted = rows.filter((_, number) => isAccepted(answers[number]));
  const refused = rows.length - accepted.length;
  const objects = rows.reduce((sum, row, number) => sum + countOf(row, answers[number]), 0);
  const seeds = (n) => `${figure(n)} ${n === 1 ? 'seed' : 'seeds'}`;
  if (!accepted.length) return `Nothing accepted on this page; ${refused === 2 ? 'both seeds' : refused === 1 ? 'its seed' : `all ${seeds(refused)}`} will be refused.`;
  const about = objects === 1 ? '1 object' : `about ${figure(objects)} objects`;
  return `${seeds(accepted.length)} accepted (${about})${refused ? `, ${seeds(refused)} refused` : ''}.`;
}

/** Return what is sent to the server about a page. */
export const reply = (rows, answers) =>
  rows.map((row, number) => {
    const answer = answers[number];
    return {
      id: row.id,
      cut: isAccepted(answer) ? answer.cut : null,
      wrong: [...answer.wrong].sort((a, b) => a - b).map((place) => row.objects[place]),
      into: isAccepted(answer) ? answer.into : null,
      name: null,
    };
  });

/** Answers given in this window, for a seed opened in full and for undo: the row comes back as it was left. */
export class Memory {
  constructor(most = 2000) {
    this.most = most;
    this.answers = new Map();
  }

  key(row) {
    return `${row.id}:${row.objects.join()}`;
  }

  recall(row) {
    const answer = this.answers.get(this.key(row)) ?? untouched(row);
    // A morph that is not offered any more cannot be the one; a morph of its own always can.
    const isOffered = answer.into === null || (row.likes ?? []).some((like) => like.node === answer.into);
    return isOffered ? answer : { ...answer, into: untouched(row).into };
  }

  keep(row, answer) {
    const key = this.key(row);
    this.answers.delete(key);
    this.answers.set(key, answer);
    while (this.answers.size > this.most) this.answers.delete(this.answers.keys().next().value);
  }
}

/**
 * Say why the page cannot be turned now, null where it can.
 * state: {isRepeat, isBusy, isPainted, hasFailed, age (ms since drawn), unseen (rows that were never in view)}.
 */
export function refusal({ isRepeat, isBusy, isPainted, hasFailed, age, unseen }) {
  if (isBusy) return 'The next page is on its way.';
  if (isRepeat) return 'Nothing was sent: press Space once for each page.';
  if (hasFailed) return 'Some images could not be loaded. They are asked for again; nothing was sent.';
  if (!isPainted) return 'The images are still loading; nothing was sent.';
  if (age < 250) return 'Nothing was sent: this page has only just come.';
  if (unseen) return `There ${unseen === 1 ? 'is one more row' : `are ${figure(unseen)} more rows`} below. Look at ${unseen === 1 ? 'it' : 'them'}, then press Space again.`;
  return null;
}
