// What the map asks the server for. Points are kept in memory, so that coming back to the map is instant.
import { arranged, indexed, parse } from './points.js';

const KEPT = 2; // spaces
const indexes = new Map(); // url -> promise of an index

async function answer(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) {
    const text = await response.text();
    throw new Error(text.startsWith('<') ? `the server answered ${response.status}` : text.trim());
  }
  return response;
}

/** Return the index of the points at an address. */
export function loadPoints(url) {
  let index = indexes.get(url);
  if (!index) {
    index = answer(url).then(async (response) => indexed(parse(await response.arrayBuffer())));
    index.catch(() => indexes.delete(url));
  }
  indexes.delete(url);
  indexes.set(url, index);
  while (indexes.size > KEPT) indexes.delete(indexes.keys().next().value);
  return index;
}

/** Return {codes, legend} of the same state; somebody may decide between the two answers. */
export async function loadColumn(columnUrl, legendUrl, index) {
  for (let attempt = 0; attempt < 3; attempt++) {
    const [column, legend] = await Promise.all([answer(columnUrl), answer(legendUrl)]);
    if (column.headers.get('ETag') !== legend.headers.get('ETag')) continue;
    const codes = new Uint16Array(await column.arrayBuffer());
    if (codes.length !== index.n) throw new Error('the objects have changed; reload the page');
    return { codes: arranged(codes, index.order), legend: await legend.json() };
  }
  throw new Error('too much is being decided just now; reload the page');
}

/** Send the numbers of chosen objects, a Uint32Array; return {token, n}. */
export async function sendSelection(objects) {
  const options = { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: objects };
  return (await answer('/selection', options)).json();
}

/** Return the numbers of the objects of a selection. */
export async function loadSelection(token) {
  return new Uint32Array(await (await answer(`/selection/${encodeURIComponent(token)}`)).arrayBuffer());
}
