/** What producers write to and consumers read. */
export const topicName = 'orders'
