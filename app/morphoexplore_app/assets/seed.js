// In the fields beside a seed, and beside what is like one image or new: Enter and Escape lead back to the images, so that the keys of the page work again.
document.addEventListener('keydown', (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !['seed-name', 'seed-flag', 'like-name', 'new-name'].includes(field.id)) return;
  if (event.key !== 'Enter' && event.key !== 'Escape') return;
  event.stopPropagation();
  field.blur();
  document.querySelector('#seed-gallery .mx-tiles, #like-gallery .mx-tiles, #new-gallery .mx-tiles')?.focus({ preventScroll: true });
});
