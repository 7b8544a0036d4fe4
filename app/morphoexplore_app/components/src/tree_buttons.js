// The buttons of the open node and of what is chosen; they change with the choice.

import { createElement as h } from 'react';
import { act, actOnObjects, actionsNow, current, unchoose } from './tree_acting.js';
import { useModel } from './tree_model.js';

const KEY_NAMES = { Delete: 'Del' };

export const Tool = ({ label, stroke, help, isReady = true, isMain = false, press }) =>
  h(
    'button',
    {
      type: 'button',
      className: `tool${isMain ? ' tool-main' : ''}`,
      disabled: !isReady,
      onClick: press,
      ...(stroke ? { 'data-key': stroke, 'data-help': help || label } : {}),
    },
    label,
    stroke ? h('kbd', { className: 'tool-key' }, KEY_NAMES[stroke] || stroke) : null,
  );

const OBJECT_ACTIONS = [
  ['right', 'Right', 'y', 'the selected images are of this morph (to EcoTaxa: validated)'],
  ['doubtful', 'Doubtful', 'w', 'perhaps not of this morph; they stay in it (to EcoTaxa: dubious)'],
  ['reject', 'Reject', 'Delete', 'the selected objects are not of this morph'],
  ['to', 'Move to morph…', 't', 'move the selected objects to another morph'],
  ['split', 'Split off…', 's', 'make a new morph of the selected objects'],
];

export function NodeActions({ id, gallery }) {
  const { chosen, byId } = useModel();
  if (gallery)
    return h(
      'div',
      { id, className: 'node-actions is-objects', role: 'toolbar', 'aria-label': 'Actions on the selected objects' },
      OBJECT_ACTIONS.map(([name, label, stroke, help]) => h(Tool, { key: name, label, stroke, help, press: () => actOnObjects(name, gallery) })),
    );
  const nodes = current();
  const objects = nodes.reduce((sum, node) => sum + node.count, 0);
  return h(
    'div',
    { id, className: 'node-actions', role: 'toolbar', 'aria-label': 'Actions on nodes' },
    actionsNow().map(({ name, label, key, help, isReady }) => h(Tool, { key: name, label, stroke: key, help, isReady, press: () => act(name) })),
    chosen.size
      ? h(
          'span',
          { className: 'node-chosen', role: 'status' },
          `${[...chosen].filter((one) => byId.has(one)).length} chosen · ${objects.toLocaleString('en')} ${objects === 1 ? 'object' : 'objects'}`,
          h(Tool, { label: 'None', press: unchoose }),
        )
      : null,
  );
}
