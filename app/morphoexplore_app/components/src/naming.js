// Fields of nodes: what a field holds, and what is sent when a person leaves it. Pure.

export const FIELDS = [
  ['name', 'Name'],
  ['kind', 'Kind'],
  ['taxon', 'Taxon'],
  ['ecotaxa_id', 'EcoTaxa id'],
  ['aphia_id', 'AphiaID'],
  ['note', 'Note'],
];
export const NUMBERS = new Set(['ecotaxa_id', 'aphia_id']);

/** Return a field's value as text. */
export const textOf = (row, field) => (row[field] === null || row[field] === undefined ? '' : String(row[field]));

/** Return the value of a field from its text, null where empty; undefined where it cannot be one. */
export function valueOf(field, text) {
  const value = text.trim();
  if (!value) return null;
  if (!NUMBERS.has(field)) return value;
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** Return what to send for a field that a person left: null nothing (unchanged), or {node, field, value} or {error}. */
export function entryOf(row, field, text) {
  const value = valueOf(field, text);
  if (value === undefined) return { error: 'This must be a whole number.' };
  return value === (row[field] ?? null) ? null : { node: row.id, field, value };
}

/** Return a suggestion in words: "Copepoda 82 %", or "Copepoda 82 % of 13" where few members have an annotation. */
export function suggested(row) {
  if (!row.suggestion) return '';
  const { text, share, annotated } = row.suggestion;
  const of = annotated < row.count / 2 ? ` of ${annotated.toLocaleString('en')}` : '';
  return `${text} ${Math.round(share * 100)} %${of}`;
}

/** Say what stands behind a suggestion. */
export const shareOf = ({ suggestion: { share, annotated } }) =>
  `${Math.round(share * 100)} % of its ${annotated.toLocaleString('en')} ${annotated === 1 ? 'member' : 'members'} with an annotation`;

/** Return the rows with a field changed, or (identify) with all that a taxon fills in; its kind is inherited then. */
export const withEntry = (rows, { node, field, value, kind }) => {
  const later = field === 'identify' ? { ...value, ...(kind ? { inherited: kind } : {}) } : { [field]: value };
  return rows.map((row) => (row.id === node ? { ...row, ...later } : row));
};
