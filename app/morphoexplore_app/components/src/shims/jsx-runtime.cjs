// The JSX runtime on Dash's React, which has createElement only.
const React = window.React;
const jsx = (type, props, key) => React.createElement(type, key === undefined ? props : { ...props, key });
const jsxs = (type, { children, ...props }, key) =>
  React.createElement(type, key === undefined ? props : { ...props, key }, ...(Array.isArray(children) ? children : [children]));
module.exports = { jsx, jsxs, Fragment: React.Fragment };
