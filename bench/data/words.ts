/** What made-up events and cards are about. */
type Words = readonly [string, ...string[]];

export const topics: Words = [
  'Planning',
  'Lunch',
  'Review of the quarter',
  'Call',
  'Dentist',
  'Rehearsal',
  'Workshop on indexes',
  'Parents evening',
  'Interview',
  'Swimming',
  'Budget',
  'Walk',
];
export const people: Words = [
  'Amira Haddad',
  'Bo Lindqvist',
  'Chiara Rossi',
  'Daniel Okafor',
  'Eva Novak',
  'Farid Karimi',
  'Grace Murphy',
  'Hiro Tanaka',
  'Ines Costa',
  'Jakub Zielinski',
];
export const places: Words = [
  'Room 4\\, second floor',
  'Cafe at the bridge',
  'Main Street 12\\, Springfield',
  'Online',
  'Library',
  'Sports hall',
];
export const sentences: Words = [
  'Please read the notes of the last meeting before and bring the open points.',
  'The door code is the same as last week.',
  'We start on time\\, so that everybody can leave on time.',
  'Slides and minutes are in the shared folder as always.',
];
export const companies: Words = ['Northwind Bakery', 'Harbour Works', 'Blue Finch Studio', 'Orchard Health'];
export const streets: Words = ['Oak Lane', 'Station Road', 'Mill Street', 'Quay Side', 'Garden Way'];
export const towns: Words = ['Springfield', 'Rivermouth', 'Altstadt', 'Hillcrest'];
