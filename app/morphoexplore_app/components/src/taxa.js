// Taxa proposed while a person types: what is asked of the server, and what a choice fills in. Pure.

export const MOST_IN_USE = 3;
export const FEWEST_LETTERS = 2;

/** Return the address that answers what was typed, null where that is too little to ask for. */
export function asked(search, text) {
  const words = text.trim();
  return search && words.length >= FEWEST_LETTERS ? `${search}?q=${encodeURIComponent(words)}` : null;
}

/** Return what to propose: names in use that hold what was typed, then taxa. */
export function proposals(field, text, names, taxa) {
  const typed = text.trim().toLowerCase();
  const known = new Set(taxa.map((one) => one.display_name.toLowerCase()));
  const inUse =
    field === 'name' && typed
      ? (names || []).filter((name) => name.toLowerCase().includes(typed) && name.toLowerCase() !== typed && !known.has(name.toLowerCase()))
      : [];
  return [...inUse.slice(0, MOST_IN_USE).map((name) => ({ display_name: name, isName: true })), ...taxa];
}

/** Return the place of the proposal that a key goes to, -1 for none of them. */
export function moved(place, key, count) {
  if (!count) return -1;
  if (key === 'ArrowDown') return place + 1 >= count ? 0 : place + 1;
  if (key === 'ArrowUp') return place <= 0 ? count - 1 : place - 1;
  return place;
}

/** Return what a chosen taxon makes of a node's fields: its name only where it has none, or where the name was typed. */
export function filled(row, field, typedName, taxon) {
  const keepsName = field !== 'name' && (typedName.trim() || row.name);
  return {
    taxon: taxon.display_name,
    ecotaxa_id: taxon.ecotaxa_id ?? null,
    aphia_id: taxon.aphia_id ?? null,
    taxon_type: taxon.taxon_type ?? null,
    ...(keepsName ? {} : { name: taxon.display_name }),
  };
}

/** Return what is above a taxon, the nearest first, as EcoTaxa shows it. */
export const above = (taxon) => (taxon.lineage || '').split('>').slice(0, -1).reverse().join(' < ');

/** Return the numbers of a taxon in words. */
export function numbersOf(taxon) {
  const type = { P: 'phylo', M: 'morpho' }[taxon.taxon_type];
  const parts = [type, taxon.ecotaxa_id && `EcoTaxa ${taxon.ecotaxa_id}`, taxon.aphia_id && `AphiaID ${taxon.aphia_id}`];
  return parts.filter(Boolean).join(' · ');
}
